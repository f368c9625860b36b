// The columns of the table of resources.

import type { ResourceRow } from '../../api/types';
import { formatCountOf } from '../../format/count';
import { formatDuration, formatDurationExact } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { Count } from '../../ui/count';
import { MiddleTruncate } from '../../ui/middle-truncate';
import type { ShownTerm } from '../glossary/glossary';
import type { TableColumn } from '../table/data-table';
import { FIGURE_VALUES } from '../table/figure-values';
import { ShareBar } from '../table/share-bar';
import type { ResourceSortKey } from './service-search';
import './resource-columns.css';

export interface ResourceFacts {
  // Of all resources, shown or not.
  totalTimeNs: number;
}

type ResourceColumn = TableColumn<ResourceRow, ResourceSortKey, ResourceFacts>;

const dash = <span className="table-none">–</span>;

export const RESOURCE_COLUMNS: readonly ResourceColumn[] = [
  {
    name: 'name',
    label: 'Resource',
    terms: ['resource'],
    sort: 'name',
    cell: ({ resource, overflow }) =>
      overflow ? <span>all beyond the limit of resources</span> : <MiddleTruncate text={resource || '(empty)'} />,
  },
  {
    name: 'requests',
    label: 'Requests',
    terms: ['requests-a-second', 'requests'],
    numeric: true,
    sort: 'requests',
    descendingFirst: true,
    cell: ({ requests, requests_per_s }) => (
      <span title={formatCountOf(requests, 'request')}>{formatRate(requests_per_s)}</span>
    ),
  },
  {
    name: 'count',
    optional: true,
    label: 'All requests',
    terms: ['requests'],
    numeric: true,
    sort: 'count',
    descendingFirst: true,
    cell: ({ requests }) => <Count value={requests} />,
  },
  {
    name: 'time',
    width: 196,
    label: 'Total time',
    terms: ['total-time'],
    note: 'The bar is its share of all resources of the operation.',
    numeric: true,
    sort: 'time',
    descendingFirst: true,
    cell: ({ total_time_ns }, { totalTimeNs }) => {
      const share = totalTimeNs > 0 ? total_time_ns / totalTimeNs : 0;
      return (
        <span className="table-cell">
          <span className="table-number" title={`${formatPercent(share * 100)} of the operation’s`}>
            {formatDuration(total_time_ns)}
          </span>
          <ShareBar share={share} />
        </span>
      );
    },
  },
  { ...latencyColumn('avg', ['average']), optional: true },
  latencyColumn('p50', ['p95']),
  { ...latencyColumn('p75', ['p95']), optional: true },
  { ...latencyColumn('p90', ['p95']), optional: true },
  latencyColumn('p95', ['p95']),
  latencyColumn('p99', ['p95']),
  { ...latencyColumn('max', ['maximum']), optional: true },
  {
    name: 'errors',
    label: 'Error rate',
    terms: ['error-rate', 'errors'],
    numeric: true,
    sort: 'errors',
    descendingFirst: true,
    cell: ({ errors, requests, error_rate }) =>
      error_rate === null ? (
        dash
      ) : (
        <span
          className={errors > 0 ? 'table-failing' : undefined}
          title={`${errors} of ${formatCountOf(requests, 'request')} failed`}
        >
          {formatPercent(error_rate * 100)}
        </span>
      ),
  },
  {
    name: 'failed',
    optional: true,
    label: 'Errors',
    terms: ['errors'],
    numeric: true,
    sort: 'failed',
    descendingFirst: true,
    cell: ({ errors }) => (
      <span className={errors > 0 ? 'table-failing' : undefined}>
        <Count value={errors} />
      </span>
    ),
  },
  {
    name: 'apdex',
    optional: true,
    label: 'Apdex',
    terms: ['apdex'],
    numeric: true,
    sort: 'apdex',
    cell: ({ apdex }) => (apdex ? apdex.score.toFixed(2) : dash),
  },
];

// The first always, and of the others those that are named.
export function resourceColumns(shown: readonly string[]): readonly ResourceColumn[] {
  return RESOURCE_COLUMNS.filter(({ name }, i) => i === 0 || shown.includes(name));
}

type LatencyKey = 'avg' | 'p50' | 'p75' | 'p90' | 'p95' | 'p99' | 'max';

function latencyColumn(name: LatencyKey, terms: readonly ShownTerm[]): ResourceColumn {
  return {
    name,
    label: name,
    terms,
    numeric: true,
    sort: name,
    descendingFirst: true,
    cell: ({ latency }) => {
      const ns = latency[`${name}_ns`];
      if (ns === null) return dash;
      const about = name === 'max' && latency.max_estimated ? '~' : '';
      return <span title={formatDurationExact(Math.round(ns))}>{about + formatDuration(ns)}</span>;
    },
  };
}

export const RESOURCE_FIGURES: Record<Exclude<ResourceSortKey, 'name'>, (row: ResourceRow) => number | null> = {
  ...FIGURE_VALUES,
  requests: (row) => row.requests,
};
