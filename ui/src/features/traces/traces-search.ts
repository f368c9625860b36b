// What the URL of the trace list says.

import { type RawSearch, SearchReader } from '../search-params';
import { DEFAULT_RANGE, endMillis, type TimeRange } from './time-range';

export interface TracesSearch {
  from?: string;
  to?: string;
  errors?: boolean;
}

export function readTracesSearch(raw: RawSearch): { search: TracesSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, ['from', 'to', 'errors']);
  const isEnd = (text: string) => endMillis(text, Date.now()) !== null;
  const from = reader.text('from', isEnd);
  const to = reader.text('to', isEnd);
  const search: TracesSearch = {};
  if (from !== undefined && from !== DEFAULT_RANGE.from) search.from = from;
  if (to !== undefined && to !== DEFAULT_RANGE.to) search.to = to;
  if (reader.flag('errors')) search.errors = true;
  return { search, misunderstood: reader.misunderstood };
}

export function rangeOf(search: TracesSearch): TimeRange {
  return { from: search.from ?? DEFAULT_RANGE.from, to: search.to ?? DEFAULT_RANGE.to };
}

export function withRange(search: TracesSearch, range: TimeRange): TracesSearch {
  return readTracesSearch({ ...search, ...range }).search;
}
