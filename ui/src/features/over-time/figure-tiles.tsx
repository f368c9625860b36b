// The figures of the whole range, above the charts that show how they came about.

import type { ReactNode } from 'react';
import type { Figures } from '../../api/types';
import { formatChange } from '../../format/change';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration, formatDurationExact } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import type { ShownTerm } from '../glossary/glossary';
import { TermHelp } from '../glossary/term-help';
import { FEW_VALUES } from '../services/service-columns';
import type { Figure } from './explain';
import './figure-tiles.css';

interface FigureTilesProps {
  figures: Figures;
  // Of one of them: how it came about.
  explain: (figure: Figure) => ReactNode;
  before: { label: string; figures: Figures } | undefined;
  // The score, and where its threshold can be changed.
  apdex: ReactNode;
}

export function FigureTiles({ figures, explain, before, apdex }: FigureTilesProps) {
  const { latency } = figures;
  const then = before?.figures;
  const percent = (share: number | null | undefined) => (share === null || share === undefined ? null : share * 100);
  const few = latency.n > 0 && latency.n < FEW_VALUES ? `n = ${formatCount(latency.n)}` : undefined;
  const time = (ns: number | null) => (
    <span title={ns === null ? undefined : formatDurationExact(Math.round(ns))}>{formatDuration(ns)}</span>
  );
  return (
    <dl className="figure-tiles">
      <Tile
        name="Requests"
        terms={['requests-a-second', 'requests']}
        explanation={explain('requests')}
        detail={formatCountOf(figures.requests, 'request')}
        change={changeOf(then?.requests_per_s, figures.requests_per_s, before?.label)}
      >
        {formatRate(figures.requests_per_s)}
      </Tile>
      <Tile
        name="Error rate"
        terms={['error-rate', 'errors']}
        explanation={explain('errors')}
        detail={`${formatCount(figures.errors)} failed`}
        failing={figures.errors > 0}
        change={changeOf(then?.error_rate, figures.error_rate, before?.label, true)}
      >
        {formatPercent(percent(figures.error_rate))}
      </Tile>
      <Tile
        name="p50"
        terms={['p95']}
        explanation={explain('latency')}
        detail={`avg ${formatDuration(latency.avg_ns)}`}
        change={changeOf(then?.latency.p50_ns, latency.p50_ns, before?.label, true)}
      >
        {time(latency.p50_ns)}
      </Tile>
      <Tile
        name="p95"
        terms={['p95']}
        explanation={explain('latency')}
        detail={few ?? `p90 ${formatDuration(latency.p90_ns)}`}
        change={changeOf(then?.latency.p95_ns, latency.p95_ns, before?.label, true)}
      >
        {time(latency.p95_ns)}
      </Tile>
      <Tile
        name="p99"
        terms={['p95', 'maximum']}
        explanation={explain('maximum')}
        detail={`max ${latency.max_estimated ? '~' : ''}${formatDuration(latency.max_ns)}`}
        change={changeOf(then?.latency.p99_ns, latency.p99_ns, before?.label, true)}
      >
        {time(latency.p99_ns)}
      </Tile>
      {apdex}
      <Tile
        name="Total time"
        terms={['total-time']}
        explanation={explain('total-time')}
        change={changeOf(then?.total_time_ns, figures.total_time_ns, before?.label)}
      >
        {formatDuration(figures.total_time_ns)}
      </Tile>
    </dl>
  );
}

interface TileProps {
  name: string;
  terms: readonly ShownTerm[];
  explanation: ReactNode;
  children: ReactNode;
  detail?: ReactNode;
  failing?: boolean;
  change?: TileChange | null;
}

interface TileChange {
  text: string;
  label: string;
  // More of it is worse.
  worse: boolean;
}

export function Tile({ name, terms, explanation, children, detail, failing, change }: TileProps) {
  return (
    <div className="figure-tile">
      <dt>
        {name}
        <TermHelp label={name} terms={terms}>
          {explanation}
        </TermHelp>
      </dt>
      <dd className={failing ? 'figure-tile-value table-failing' : 'figure-tile-value'}>
        {children}
        {change && (
          <small
            className={change.worse ? 'figure-tile-change figure-tile-worse' : 'figure-tile-change'}
            title={change.label}
          >
            {change.text}
          </small>
        )}
      </dd>
      {detail && <dd className="figure-tile-detail">{detail}</dd>}
    </div>
  );
}

function changeOf(
  before: number | null | undefined,
  now: number | null,
  label: string | undefined,
  moreIsWorse = false,
): TileChange | null {
  if (label === undefined || before === null || before === undefined || now === null) return null;
  const { text, label: words } = formatChange(before, now);
  return { text, label: `${words} against ${label}`, worse: moreIsWorse && now > before * 1.05 };
}
