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
import type { ShownTerm } from '../glossary/glossary';
import { TermHelp } from '../glossary/term-help';
import type { RangeSearch } from '../time/time-range';
import { describeApdex, FEW_VALUES, percentOf } from './service-columns';
import { kindOf, kindWord, languageName } from './service-kind';
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
          <Fact name="Called by" terms={['called-by']}>
            {row.called_by.join(', ') || '–'}
          </Fact>
        )}
        <Fact name="Operation" terms={['primary-operation']}>
          <code>{row.operation}</code>
        </Fact>
        <Fact name="Last seen" terms={['last-seen']}>
          <RelativeTime ns={row.last_seen_ns} />
        </Fact>
      </dl>
      <h3>Requests</h3>
      <dl>
        <Fact name="Requests" terms={['requests']}>
          <span title={formatCountExact(Math.round(row.requests))}>{formatCount(row.requests)}</span>
        </Fact>
        <Fact name="Rate" terms={['requests-a-second']}>
          {formatRate(row.requests_per_s)}
        </Fact>
        <Fact name="Errors" terms={['errors', 'error-rate']}>
          <span className={row.errors > 0 ? 'service-failing' : undefined}>
            {formatCount(row.errors)} ({formatPercent(percentOf(row.error_rate))})
          </span>
        </Fact>
        <Fact name="Total time" terms={['total-time', row.is_dependency ? 'called-by' : 'share-of-total-time']}>
          {formatDuration(row.total_time_ns)}
          {!row.is_dependency && ` (${formatPercent(percentOf(row.time_share))})`}
        </Fact>
      </dl>
      <h3>Latency</h3>
      <dl>
        <Fact name="Average" terms={['average']}>
          {formatDuration(latency.avg_ns)}
        </Fact>
        <Fact name="p50">{formatDuration(latency.p50_ns)}</Fact>
        <Fact name="p75">{formatDuration(latency.p75_ns)}</Fact>
        <Fact name="p90">{formatDuration(latency.p90_ns)}</Fact>
        <Fact name="p95" terms={['p95']}>
          {formatDuration(latency.p95_ns)}
        </Fact>
        <Fact name="p99">{formatDuration(latency.p99_ns)}</Fact>
        <Fact name="Maximum" terms={['maximum']}>
          {latency.max_estimated && '~'}
          {formatDuration(latency.max_ns)}
        </Fact>
      </dl>
      {latency.n > 0 && latency.n < FEW_VALUES && (
        <p className="service-panel-note">Of {formatCountOf(latency.n, 'request')}: p95 and above are single ones.</p>
      )}
      {latency.max_estimated && <p className="service-panel-note">A tracer has counted: the maximum is an estimate.</p>}
      {row.apdex && (
        <>
          <h3>Apdex</h3>
          <dl>
            <Fact name="Score" terms={['apdex']}>
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

interface FactProps {
  name: string;
  terms?: readonly ShownTerm[];
  children: ReactNode;
}

function Fact({ name, terms, children }: FactProps) {
  return (
    <div>
      <dt>
        {name}
        {terms && <TermHelp label={name} terms={terms} />}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
