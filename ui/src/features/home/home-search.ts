// What the URL of the home page says.

import { type RawSearch, SearchReader } from '../search-params';
import { type RangeSearch, readRange, type TimeRange } from '../time/time-range';

export interface HomeSearch extends RangeSearch {
  env?: string;
}

export function readHomeSearch(raw: RawSearch): { search: HomeSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, ['env', 'from', 'to']);
  const search: HomeSearch = readRange(reader);
  const env = reader.text('env', (text) => text !== '');
  if (env !== undefined) search.env = env;
  return { search, misunderstood: reader.misunderstood };
}

export function withHomeRange(search: HomeSearch, range: TimeRange): HomeSearch {
  return readHomeSearch({ ...search, ...range }).search;
}
