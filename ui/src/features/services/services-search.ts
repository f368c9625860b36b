// What the URL of the list of services says.

import { type RawSearch, SearchReader } from '../search-params';
import { type RangeSearch, readRange, type TimeRange } from '../time/time-range';
import { SERVICE_KINDS, type ServiceKind } from './service-kind';

export const SORT_KEYS = ['name', 'requests', 'p95', 'errors', 'time', 'apdex', 'seen'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface ServiceSort {
  key: SortKey;
  descending: boolean;
}

// Where most time is spent. Names the worst once something judges services.
export const DEFAULT_SORT: ServiceSort = { key: 'time', descending: true };

export interface ServicesSearch extends RangeSearch {
  env?: string;
  // A part of a name.
  q?: string;
  type?: ServiceKind;
  // A key of SORT_KEYS; with a minus before it, the largest first.
  sort?: string;
  // The one whose figures are open.
  service?: string;
}

export function readServicesSearch(raw: RawSearch): { search: ServicesSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, ['env', 'from', 'to', 'q', 'type', 'sort', 'service']);
  const search: ServicesSearch = readRange(reader);
  const env = reader.text('env', (text) => text !== '');
  const q = reader.text('q', () => true);
  const type = reader.text('type', (text) => SERVICE_KINDS.some((kind) => kind === text));
  const sort = reader.text('sort', (text) => parseSort(text) !== null);
  const service = reader.text('service', (text) => text !== '');
  if (env !== undefined) search.env = env;
  if (q) search.q = q;
  if (type !== undefined) search.type = type as ServiceKind;
  if (sort !== undefined && sort !== formatSort(DEFAULT_SORT)) search.sort = sort;
  if (service !== undefined) search.service = service;
  return { search, misunderstood: reader.misunderstood };
}

export function withServicesRange(search: ServicesSearch, range: TimeRange): ServicesSearch {
  return readServicesSearch({ ...search, ...range }).search;
}

export function sortOf(search: ServicesSearch): ServiceSort {
  return parseSort(search.sort ?? '') ?? DEFAULT_SORT;
}

export function withSort(search: ServicesSearch, sort: ServiceSort | null): ServicesSearch {
  return readServicesSearch({ ...search, sort: sort ? formatSort(sort) : undefined }).search;
}

function parseSort(text: string): ServiceSort | null {
  const [, minus, name] = /^(-?)([a-z0-9]+)$/.exec(text) ?? [];
  const key = SORT_KEYS.find((each) => each === name);
  return key === undefined ? null : { key, descending: minus === '-' };
}

function formatSort({ key, descending }: ServiceSort): string {
  return (descending ? '-' : '') + key;
}
