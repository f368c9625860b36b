// What the URL of the list of services says.

import { type RawSearch, SearchReader } from '../search-params';
import { formatSort, parseSort, type TableSort } from '../table/table-sort';
import { type RangeSearch, readRange, type TimeRange } from '../time/time-range';
import { SERVICE_COLUMN_NAMES } from './service-column-names';
import { SERVICE_KINDS, type ServiceKind } from './service-kind';

// Of all columns but the names of callers.
export type SortKey = Exclude<(typeof SERVICE_COLUMN_NAMES)[number], 'callers'>;
export const SORT_KEYS: readonly SortKey[] = SERVICE_COLUMN_NAMES.filter((name) => name !== 'callers');

export type ServiceSort = TableSort<SortKey>;

// The worst first; of those that don't fail, where most time is spent.
export const DEFAULT_SORT: ServiceSort = { key: 'errors', descending: true };

export interface ServicesSearch extends RangeSearch {
  env?: string;
  // A part of a name.
  q?: string;
  type?: ServiceKind;
  // See TableSort.
  sort?: string;
  // See column-choice.ts.
  cols?: string;
}

export function readServicesSearch(raw: RawSearch): { search: ServicesSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, ['env', 'from', 'to', 'q', 'type', 'sort', 'cols']);
  const search: ServicesSearch = readRange(reader);
  const env = reader.text('env', (text) => text !== '');
  const q = reader.text('q', () => true);
  const type = reader.text('type', (text) => SERVICE_KINDS.some((kind) => kind === text));
  const sort = reader.text('sort', (text) => parseSort(text, SORT_KEYS) !== null);
  if (env !== undefined) search.env = env;
  if (q) search.q = q;
  if (type !== undefined) search.type = type as ServiceKind;
  if (sort !== undefined && sort !== formatSort(DEFAULT_SORT)) search.sort = sort;
  const cols = reader.names('cols', SERVICE_COLUMN_NAMES);
  if (cols !== undefined) search.cols = cols.join();
  return { search, misunderstood: reader.misunderstood };
}

export function withServicesRange(search: ServicesSearch, range: TimeRange): ServicesSearch {
  return readServicesSearch({ ...search, ...range }).search;
}

export function sortOf(search: ServicesSearch): ServiceSort {
  return parseSort(search.sort ?? '', SORT_KEYS) ?? DEFAULT_SORT;
}

export function withSort(search: ServicesSearch, sort: ServiceSort | null): ServicesSearch {
  return readServicesSearch({ ...search, sort: sort ? formatSort(sort) : undefined }).search;
}
