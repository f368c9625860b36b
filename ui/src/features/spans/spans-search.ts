// What the URL of the list of spans says.

import { type RawSearch, SearchReader } from '../search-params';
import { type RangeSearch, readRange } from '../time/time-range';

export const ORDERS = {
  '-timestamp': 'newest first',
  timestamp: 'oldest first',
  '-@duration': 'slowest first',
} as const;
export type SpanOrder = keyof typeof ORDERS;

export interface SpansSearch extends RangeSearch {
  // In the search language; all spans when left out.
  q?: string;
  // Newest first when left out.
  sort?: SpanOrder;
}

export function readSpansSearch(raw: RawSearch): { search: SpansSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, ['q', 'sort', 'from', 'to']);
  const search: SpansSearch = readRange(reader);
  const q = reader.text('q', () => true)?.trim();
  const sort = reader.text('sort', (text) => text in ORDERS) as SpanOrder | undefined;
  if (q) search.q = q;
  if (sort !== undefined && sort !== '-timestamp') search.sort = sort;
  return { search, misunderstood: reader.misunderstood };
}
