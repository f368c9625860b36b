// The columns of both tables: what each is called, what it means, and what stands in it.

import type { ReactNode } from 'react';
import type { ServiceList, ServiceRow } from '../../api/types';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration, formatDurationExact } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { Count } from '../../ui/count';
import { ServiceName } from '../../ui/service-name';
import { Sparkline } from '../../ui/sparkline';
import { RelativeTime } from '../../ui/time';
import type { ColumnName } from '../table/column-choice';
import type { TableColumn } from '../table/data-table';
import { ShareBar } from '../table/share-bar';
import { KindIcon } from './kind-icon';
import { SERVICE_COLUMN_NAMES } from './service-column-names';
import { kindOf, kindWord, languageName } from './service-kind';
import type { SortKey } from './services-search';
import './service-columns.css';

const NANOS_PER_SECOND = 1e9;
// With fewer, p95 and above are single requests.
export const FEW_VALUES = 20;

// What cells need to know beside their row.
export interface TableFacts {
  stepSeconds: number;
  // How much of the last point's time is over; less than a step when it isn't yet.
  lastSeconds: number;
  partialLast: boolean;
  largestTotalNs: number;
}

export type ServiceColumn = TableColumn<ServiceRow, SortKey, TableFacts>;

const requests: ServiceColumn = {
  name: 'requests',
  width: 196,
  numeric: true,
  label: 'Requests',
  terms: ['requests-a-second', 'requests'],
  sort: 'requests',
  descendingFirst: true,
  cell: (row, facts) => (
    <span className="table-cell">
      <span className="table-number" title={`${formatCountOf(row.requests, 'request')} in all`}>
        {formatRate(row.requests_per_s)}
      </span>
      <Sparkline
        what={`Requests a second of ${row.name}`}
        values={ratesOf(row, facts)}
        partialLast={facts.partialLast}
        format={formatRate}
      />
    </span>
  ),
};

const p95: ServiceColumn = {
  name: 'p95',
  width: 212,
  numeric: true,
  label: 'p95 latency',
  terms: ['p95', 'average'],
  note: 'The line is the average.',
  sort: 'p95',
  descendingFirst: true,
  cell: (row, facts) => (
    <span className="table-cell">
      <span className="table-number" title={describeLatency(row)}>
        {row.latency.n > 0 && row.latency.n < FEW_VALUES && (
          <small className="table-few">n = {formatCount(row.latency.n)}</small>
        )}{' '}
        {orDash(formatDuration(row.latency.p95_ns))}
      </span>
      <Sparkline
        what={`Average latency of ${row.name}`}
        values={row.series.avg_ns}
        partialLast={facts.partialLast}
        format={formatDuration}
      />
    </span>
  ),
};

const errors: ServiceColumn = {
  name: 'errors',
  width: 184,
  numeric: true,
  label: 'Error rate',
  terms: ['error-rate', 'errors'],
  sort: 'errors',
  descendingFirst: true,
  cell: (row, facts) => (
    <span className="table-cell">
      <span
        className={row.errors > 0 ? 'table-number table-failing' : 'table-number'}
        title={`${formatCount(row.errors)} of ${formatCountOf(row.requests, 'request')} failed`}
      >
        {orDash(formatPercent(percentOf(row.error_rate)))}
      </span>
      <Sparkline
        what={`Error rate of ${row.name}`}
        values={row.series.errors.map((failed, i) => shareOf(failed, row.series.requests[i]))}
        partialLast={facts.partialLast}
        format={formatPercent}
        tone={row.errors > 0 ? 'error' : 'quiet'}
      />
    </span>
  ),
};

const time: ServiceColumn = {
  name: 'time',
  width: 160,
  numeric: true,
  label: 'Total time',
  terms: ['share-of-total-time', 'total-time'],
  sort: 'time',
  descendingFirst: true,
  cell: (row) => (
    <span className="table-cell">
      <span className="table-number" title={`${formatDuration(row.total_time_ns)} in all`}>
        {formatPercent(percentOf(row.time_share))}
      </span>
      <ShareBar share={row.time_share} />
    </span>
  ),
};

const timeOfDependency: ServiceColumn = {
  ...time,
  terms: ['total-time', 'called-by'],
  cell: (row, { largestTotalNs }) => (
    <span className="table-cell">
      <span className="table-number" title={formatDurationExact(row.total_time_ns)}>
        {formatDuration(row.total_time_ns)}
      </span>
      <ShareBar share={largestTotalNs > 0 ? row.total_time_ns / largestTotalNs : 0} />
    </span>
  ),
};

const apdex: ServiceColumn = {
  name: 'apdex',
  numeric: true,
  label: 'Apdex',
  terms: ['apdex'],
  sort: 'apdex',
  descendingFirst: false,
  cell: (row) => <span title={describeApdex(row)}>{row.apdex ? row.apdex.score.toFixed(2) : orDash('–')}</span>,
};

const calledBy: ServiceColumn = {
  name: 'callers',
  width: 160,
  label: 'Called by',
  terms: ['called-by'],
  cell: (row) =>
    row.called_by.length > 0 ? (
      <span className="service-callers" title={row.called_by.join(', ')}>
        {row.called_by.join(', ')}
      </span>
    ) : (
      orDash('–')
    ),
};

const seen: ServiceColumn = {
  name: 'seen',
  width: 124,
  numeric: true,
  label: 'Last seen',
  terms: ['last-seen'],
  sort: 'seen',
  descendingFirst: true,
  cell: (row) => <RelativeTime ns={row.last_seen_ns} />,
};

const count: ServiceColumn = {
  name: 'count',
  optional: true,
  numeric: true,
  label: 'All requests',
  terms: ['requests'],
  sort: 'count',
  descendingFirst: true,
  cell: ({ requests: number }) => <Count value={number} />,
};

const failed: ServiceColumn = {
  name: 'failed',
  optional: true,
  numeric: true,
  label: 'Errors',
  terms: ['errors'],
  sort: 'failed',
  descendingFirst: true,
  cell: ({ errors: number }) => (
    <span className={number > 0 ? 'table-failing' : undefined}>
      <Count value={number} />
    </span>
  ),
};

const type: ServiceColumn = {
  name: 'type',
  optional: true,
  label: 'Type',
  terms: ['service'],
  note: 'By the type of its spans.',
  sort: 'type',
  cell: (row) => <ServiceKindLabel row={row} />,
};

const language: ServiceColumn = {
  name: 'language',
  optional: true,
  label: 'Language',
  terms: ['service'],
  note: 'What its tracer is written for.',
  sort: 'language',
  cell: (row) => orDash(languageName(row.language) || '–'),
};

const operation: ServiceColumn = {
  name: 'operation',
  width: 160,
  optional: true,
  label: 'Operation',
  terms: ['primary-operation', 'operation'],
  sort: 'operation',
  cell: (row) => (
    <span className="service-operation" title={row.operation}>
      {row.operation}
    </span>
  ),
};

type OtherLatency = 'avg' | 'p50' | 'p75' | 'p90' | 'p99' | 'max';

const [avg, p50, p75, p90, p99, max] = (['avg', 'p50', 'p75', 'p90', 'p99', 'max'] as const).map(latencyColumn);

function latencyColumn(name: OtherLatency): ServiceColumn {
  return {
    name,
    optional: true,
    numeric: true,
    label: name,
    terms: [name === 'avg' ? 'average' : name === 'max' ? 'maximum' : 'p95'],
    sort: name,
    descendingFirst: true,
    cell: ({ latency }) => {
      const ns = latency[`${name}_ns`];
      if (ns === null) return orDash('–');
      const about = name === 'max' && latency.max_estimated ? '~' : '';
      return <span title={formatDurationExact(Math.round(ns))}>{about + formatDuration(ns)}</span>;
    },
  };
}

const service: ServiceColumn = {
  name: 'name',
  label: 'Service',
  terms: ['service', 'primary-operation'],
  sort: 'name',
  cell: (row) => <ServiceName service={row} />,
};

const dependency: ServiceColumn = { ...service, label: 'Dependency', terms: ['dependency', 'primary-operation'] };

function ServiceKindLabel({ row }: { row: ServiceRow }) {
  const kind = kindOf(row);
  return (
    <span className="service-kind" title={row.type ? `Spans of type ${row.type}` : 'Spans without a type'}>
      <KindIcon kind={kind} />
      {kindWord(kind)}
    </span>
  );
}

// What has no column of its own stands beside the name.
function besideName(shown: readonly string[]): (row: ServiceRow) => ReactNode {
  return (row) => (
    <>
      {row.overflow && <span className="service-overflow">all beyond the limit of services</span>}
      {!shown.includes('type') && <ServiceKindLabel row={row} />}
      {/* What a tracer says of a dependency's spans is the caller's language. */}
      {!shown.includes('language') && row.language && !row.is_dependency && (
        <span className="service-language">{languageName(row.language)}</span>
      )}
    </>
  );
}

const LATENCIES: readonly ServiceColumn[] = [avg, p50, p75, p90, p95, p99, max];
const SERVICE_COLUMNS: readonly ServiceColumn[] = [
  service,
  type,
  language,
  operation,
  requests,
  count,
  ...LATENCIES,
  errors,
  failed,
  time,
  apdex,
  seen,
];
export const DEPENDENCY_COLUMNS: readonly ServiceColumn[] = [
  dependency,
  calledBy,
  type,
  operation,
  requests,
  count,
  ...LATENCIES,
  errors,
  failed,
  timeOfDependency,
  seen,
];

// Of both tables: what one of them has no column for, only the other shows.
export const CHOICE: readonly ColumnName[] = SERVICE_COLUMN_NAMES.flatMap(
  (name) => [...SERVICE_COLUMNS, ...DEPENDENCY_COLUMNS].find((column) => column.name === name) ?? [],
);

export function serviceColumns(shown: readonly string[]): readonly ServiceColumn[] {
  return columnsOf(SERVICE_COLUMNS, shown);
}

export function dependencyColumns(shown: readonly string[]): readonly ServiceColumn[] {
  return columnsOf(DEPENDENCY_COLUMNS, shown);
}

function columnsOf([name, ...others]: readonly ServiceColumn[], shown: readonly string[]): readonly ServiceColumn[] {
  return [{ ...name, beside: besideName(shown) }, ...others.filter((column) => shown.includes(column.name))];
}

// Bars in their scale, and the point that isn't over yet in the time that it has had.
export function tableFacts(list: ServiceList, rows: readonly ServiceRow[]): TableFacts {
  const stepSeconds = list.step_ns / NANOS_PER_SECOND;
  const left = Number(BigInt(list.to_ns) - BigInt(list.covered_to_ns)) / NANOS_PER_SECOND;
  return {
    stepSeconds,
    lastSeconds: Math.min(stepSeconds, Math.max(1, stepSeconds - Math.max(0, left))),
    partialLast: list.partial_last_point,
    largestTotalNs: rows.reduce((max, row) => Math.max(max, row.total_time_ns), 0),
  };
}

export function coveredSeconds(list: ServiceList): number {
  return Math.max(0, Number(BigInt(list.covered_to_ns) - BigInt(list.covered_from_ns)) / NANOS_PER_SECOND);
}

// A service that is younger than the range had no requests before only because nobody knew it: there the line has a gap.
export function ratesOf({ series, covered_s }: Pick<ServiceRow, 'series' | 'covered_s'>, facts: TableFacts) {
  const counts = series.requests;
  const { stepSeconds, lastSeconds } = facts;
  const secondsOf = (place: number) => (place === counts.length - 1 ? lastSeconds : stepSeconds);
  const firstKnown = counts.length - 1 - Math.ceil((covered_s - lastSeconds) / stepSeconds);
  return counts.map((count, place) => (!count && place < firstKnown ? null : (count ?? 0) / secondsOf(place)));
}

export function percentOf(share: number | null): number | null {
  return share === null ? null : share * 100;
}

function shareOf(part: number | null, whole: number | null | undefined): number | null {
  return part === null || !whole ? null : (part / whole) * 100;
}

export function describeLatency({ latency }: ServiceRow): string {
  const parts = [
    `n = ${formatCount(latency.n)}`,
    `avg ${formatDuration(latency.avg_ns)}`,
    `p50 ${formatDuration(latency.p50_ns)}`,
    `p95 ${formatDuration(latency.p95_ns)}`,
    `p99 ${formatDuration(latency.p99_ns)}`,
    `max ${latency.max_estimated ? '~' : ''}${formatDuration(latency.max_ns)}`,
  ];
  return parts.join(' · ');
}

export function describeApdex({ apdex: score, apdex_threshold_ns }: ServiceRow): string {
  const threshold = `T\u00a0=\u00a0${formatDuration(apdex_threshold_ns)}`;
  if (!score) return `No requests of users. ${threshold}`;
  const share = (part: number) => formatPercent(part * 100);
  return `${share(score.satisfied)} satisfied · ${share(score.tolerating)} tolerating · ${share(score.frustrated)} frustrated · ${threshold}`;
}

export function orDash(text: string): ReactNode {
  return text === '–' ? <span className="table-none">–</span> : text;
}
