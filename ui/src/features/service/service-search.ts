// What the URL of a service's page says, beside what its charts show: how its resources are listed.

import { OVER_TIME_KEYS, type OverTimeSearch, readOverTime } from '../over-time/over-time-search';
import { type RawSearch, SearchReader } from '../search-params';
import { formatSort, parseSort, type TableSort } from '../table/table-sort';

// Of the columns, in their order; each can be sorted by.
export const RESOURCE_SORT_KEYS = [
  'name',
  'requests',
  'count',
  'time',
  'avg',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'max',
  'errors',
  'failed',
  'apdex',
] as const;
export type ResourceSortKey = (typeof RESOURCE_SORT_KEYS)[number];
export type ResourceSort = TableSort<ResourceSortKey>;

// What is worth mending, not what is asked for most.
export const RESOURCE_SORT: ResourceSort = { key: 'time', descending: true };

export interface ServiceSearch extends OverTimeSearch {
  // A part of a resource's name.
  q?: string;
  // See TableSort.
  sort?: string;
  // See column-choice.ts.
  cols?: string;
}

export function readServiceSearch(raw: RawSearch): { search: ServiceSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, [...OVER_TIME_KEYS, 'q', 'sort', 'cols']);
  const search: ServiceSearch = readOverTime(reader);
  const q = reader.text('q', () => true);
  const sort = reader.text('sort', (text) => parseSort(text, RESOURCE_SORT_KEYS) !== null);
  if (q) search.q = q;
  if (sort !== undefined && sort !== formatSort(RESOURCE_SORT)) search.sort = sort;
  const cols = reader.names('cols', RESOURCE_SORT_KEYS);
  if (cols !== undefined) search.cols = cols.join();
  return { search, misunderstood: reader.misunderstood };
}

export function resourceSortOf(search: ServiceSearch): ResourceSort {
  return parseSort(search.sort ?? '', RESOURCE_SORT_KEYS) ?? RESOURCE_SORT;
}
