// All figures of one service, beside the list.

import { Link } from '@tanstack/react-router';
import { ListTree, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ServiceRow } from '../../api/types';
import { formatCount, formatCountExact, formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { IconButton } from '../../ui/button';
import { ServiceName } from '../../ui/service-name';
import { RelativeTime } from '../../ui/time';
import type { RangeSearch } from '../time/time-range';
import { describeApdex, percentOf } from './service-columns';
import { kindOf, kindWord, languageName } from './service-kind';
import { FEW_VALUES, TERMS } from './service-terms';
import './service-panel.css';

interface ServicePanelProps {
  row: ServiceRow;
  // The list's, for the traces of the same time.
  range: RangeSearch;
  onClose: () => void;
}

export function ServicePanel({ row, range, onClose }: ServicePanelProps) {
  const { latency } = row;
  const kind = [kindWord(kindOf(row)), !row.is_dependency && languageName(row.language)].filter(Boolean).join(' · ');
  return (
    <aside className="service-panel" aria-label={`Figures of ${row.name}`}>
      <div className="service-panel-head">
        <h2>
          <ServiceName service={row} />
        </h2>
        <IconButton label="Close" shortcut="Esc" icon={<X size={16} aria-hidden />} onClick={onClose} />
      </div>
      <dl>
        <Fact name="Type">{kind}</Fact>
        {row.is_dependency && (
          <Fact name="Called by" hint={TERMS.calledBy}>
            {row.called_by.join(', ') || '–'}
          </Fact>
        )}
        <Fact name="Operation" hint={TERMS.name}>
          <code>{row.operation}</code>
        </Fact>
        <Fact name="Last seen" hint={TERMS.seen}>
          <RelativeTime ns={row.last_seen_ns} />
        </Fact>
      </dl>
      <h3>Requests</h3>
      <dl>
        <Fact name="Requests" hint={TERMS.requests}>
          <span title={formatCountExact(Math.round(row.requests))}>{formatCount(row.requests)}</span>
        </Fact>
        <Fact name="Rate" hint={TERMS.requests}>
          {formatRate(row.requests_per_s)}
        </Fact>
        <Fact name="Errors" hint={TERMS.errors}>
          <span className={row.errors > 0 ? 'service-failing' : undefined}>
            {formatCount(row.errors)} ({formatPercent(percentOf(row.error_rate))})
          </span>
        </Fact>
        <Fact name="Total time" hint={row.is_dependency ? TERMS.timeOfDependency : TERMS.time}>
          {formatDuration(row.total_time_ns)}
          {!row.is_dependency && ` (${formatPercent(percentOf(row.time_share))})`}
        </Fact>
      </dl>
      <h3>Latency</h3>
      <dl>
        <Fact name="Average">{formatDuration(latency.avg_ns)}</Fact>
        <Fact name="p50">{formatDuration(latency.p50_ns)}</Fact>
        <Fact name="p75">{formatDuration(latency.p75_ns)}</Fact>
        <Fact name="p90">{formatDuration(latency.p90_ns)}</Fact>
        <Fact name="p95" hint={TERMS.p95}>
          {formatDuration(latency.p95_ns)}
        </Fact>
        <Fact name="p99">{formatDuration(latency.p99_ns)}</Fact>
        <Fact name="Maximum" hint={latency.max_estimated ? TERMS.maxEstimated : undefined}>
          {latency.max_estimated && '~'}
          {formatDuration(latency.max_ns)}
        </Fact>
      </dl>
      {latency.n > 0 && latency.n < FEW_VALUES && (
        <p className="service-panel-note">Of {formatCountOf(latency.n, 'request')}: p95 and above are single ones.</p>
      )}
      {latency.max_estimated && <p className="service-panel-note">{TERMS.maxEstimated}</p>}
      {row.apdex && (
        <>
          <h3>Apdex</h3>
          <dl>
            <Fact name="Score" hint={TERMS.apdex}>
              {row.apdex.score.toFixed(2)}
            </Fact>
          </dl>
          <p className="service-panel-note">{describeApdex(row)}</p>
        </>
      )}
      {row.operations.length > 1 && (
        <>
          <h3>All operations</h3>
          <dl>
            {row.operations.map((operation) => (
              <Fact key={operation.name} name={operation.name}>
                {formatCountOf(operation.requests, 'request')}
              </Fact>
            ))}
          </dl>
        </>
      )}
      <Link to="/traces" search={range} className="button button-outline service-panel-traces">
        <ListTree size={14} aria-hidden />
        Traces of this time, of all services
      </Link>
    </aside>
  );
}

function Fact({ name, hint, children }: { name: string; hint?: string | undefined; children: ReactNode }) {
  return (
    <div>
      <dt title={hint}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
