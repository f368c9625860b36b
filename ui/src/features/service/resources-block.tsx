// What a service is asked for, in numbers.

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { refetchEvery, resourcesQuery } from '../../api/queries';
import { formatCount } from '../../format/count';
import { QueryProgress, QueryState } from '../../ui/query-state';
import { RowsSkeleton } from '../../ui/rows-skeleton';
import { ColumnPicker } from '../table/column-picker';
import { DataTable } from '../table/data-table';
import { formatSort, sortedRows } from '../table/table-sort';
import type { ColumnsShown } from '../table/use-columns';
import type { TimeRange } from '../time/time-range';
import { RESOURCE_FIGURES, resourceColumns } from './resource-columns';
import { type ResourceSort, resourceSortOf, type ServiceSearch } from './service-search';
import './resources-block.css';

interface ResourcesBlockProps {
  service: string;
  env: string;
  operation: string;
  range: TimeRange;
  search: ServiceSearch;
  columns: ColumnsShown;
  refetchMs: number | false;
  onSearch: (change: { q?: string | undefined; sort?: string | undefined }, replace: boolean) => void;
  hrefOf: (hash: string) => string;
  onOpen: (hash: string) => void;
}

export function ResourcesBlock(props: ResourcesBlockProps) {
  const { service, env, operation, range, search, columns, refetchMs, onSearch, hrefOf, onOpen } = props;
  const options = resourcesQuery(service, { ...range, env, operation });
  const list = useQuery({ ...options, refetchInterval: refetchEvery(refetchMs) });
  const q = (search.q ?? '').trim().toLowerCase();
  const all = list.data?.resources;
  const sort = resourceSortOf(search);
  const { rows, facts } = useMemo(
    () => ({
      rows: sortedRows(
        (all ?? []).filter(({ resource }) => resource.toLowerCase().includes(q)),
        sort.descending,
        sort.key === 'name' ? null : RESOURCE_FIGURES[sort.key],
        ({ resource }) => resource,
        ({ total_time_ns }) => total_time_ns,
      ),
      facts: { totalTimeNs: (all ?? []).reduce((sum, { total_time_ns }) => sum + total_time_ns, 0) },
    }),
    [all, q, sort.key, sort.descending],
  );
  // The same as long as they are, so that rows are.
  const shown = columns.shown.join();
  const shownColumns = useMemo(() => resourceColumns(shown.split(',')), [shown]);
  return (
    <section className="resources-block" aria-labelledby="resources-title">
      <div className="resources-head">
        <h2 id="resources-title">
          Resources <small>{list.data && formatCount(list.data.total)}</small>
        </h2>
        <input
          type="search"
          className="input"
          placeholder="Filter by name"
          aria-label="Filter resources by name"
          value={search.q ?? ''}
          onChange={(event) => onSearch({ q: event.target.value || undefined }, true)}
        />
        {list.data && list.data.resources.length < list.data.total && (
          <span className="resources-cut">the {formatCount(list.data.resources.length)} with most total time</span>
        )}
        <span className="resources-space" />
        <ColumnPicker columns={columns} screen={`The service ${service}`} />
      </div>
      <QueryProgress what="The list of resources" query={list} keys={[options.queryKey]} />
      <QueryState what="The list of resources" query={list} skeleton={<RowsSkeleton what="resources" />} />
      {list.data && rows.length === 0 && (
        <p className="resources-none">
          {list.data.total === 0
            ? 'None was asked for in this time.'
            : `None of ${formatCount(list.data.total)} has “${search.q}” in its name.`}
        </p>
      )}
      {rows.length > 0 && (
        <div className={columns.usual ? undefined : 'resources-chosen'}>
          <DataTable
            className="resource-table"
            caption={`Resources of ${service}`}
            about={`Of the entry spans ${operation} of ${service} in env ${env}. All are counted, before any sampling; percentiles are right to 1 %. A resource’s own page leads from each number to its spans.`}
            columns={shownColumns}
            rows={rows}
            facts={facts}
            keyOf={({ hash }) => hash}
            sort={sort}
            onSort={(next: ResourceSort | null) => onSearch({ sort: next ? formatSort(next) : undefined }, false)}
            hrefOf={({ hash, overflow }) => (overflow ? null : hrefOf(hash))}
            onOpen={({ hash }) => onOpen(hash)}
            scroller=".over-time-content"
            chosen={!columns.usual}
          />
        </div>
      )}
    </section>
  );
}
