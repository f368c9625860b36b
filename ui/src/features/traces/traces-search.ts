// What the URL of the trace list says.

import { type RawSearch, SearchReader } from '../search-params';
import { type RangeSearch, readRange, type TimeRange } from '../time/time-range';

export interface TracesSearch extends RangeSearch {
  errors?: boolean;
}

export function readTracesSearch(raw: RawSearch): { search: TracesSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, ['from', 'to', 'errors']);
  const search: TracesSearch = readRange(reader);
  if (reader.flag('errors')) search.errors = true;
  return { search, misunderstood: reader.misunderstood };
}

export function withRange(search: TracesSearch, range: TimeRange): TracesSearch {
  return readTracesSearch({ ...search, ...range }).search;
}
