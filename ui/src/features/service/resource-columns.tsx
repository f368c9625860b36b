// The columns of the table of resources.

import type { ResourceRow } from '../../api/types';
import { formatCountOf } from '../../format/count';
import { formatDuration, formatDurationExact } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { MiddleTruncate } from '../../ui/middle-truncate';
import type { ShownTerm } from '../glossary/glossary';
import type { TableColumn } from '../table/data-table';
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
    name: 'time',
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
  latencyColumn('p50', ['p95']),
  latencyColumn('p95', ['p95']),
  latencyColumn('p99', ['p95']),
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
    name: 'apdex',
    label: 'Apdex',
    terms: ['apdex'],
    numeric: true,
    sort: 'apdex',
    cell: ({ apdex }) => (apdex ? apdex.score.toFixed(2) : dash),
  },
];

function latencyColumn(name: 'p50' | 'p95' | 'p99', terms: readonly ShownTerm[]): ResourceColumn {
  return {
    name,
    label: name,
    terms,
    numeric: true,
    sort: name,
    descendingFirst: true,
    cell: ({ latency }) => {
      const ns = latency[`${name}_ns`];
      return ns === null ? dash : <span title={formatDurationExact(Math.round(ns))}>{formatDuration(ns)}</span>;
    },
  };
}

export const RESOURCE_FIGURES: Record<Exclude<ResourceSortKey, 'name'>, (row: ResourceRow) => number | null> = {
  requests: (row) => row.requests,
  time: (row) => row.total_time_ns,
  p50: (row) => row.latency.p50_ns,
  p95: (row) => row.latency.p95_ns,
  p99: (row) => row.latency.p99_ns,
  errors: (row) => row.error_rate,
  apdex: (row) => row.apdex?.score ?? null,
};
