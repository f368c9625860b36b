// What the URL of a page about a service or a resource says: which time, which operation, and what its charts show.

import { type RawSearch, SearchReader } from '../search-params';
import { type RangeSearch, readRange, type TimeRange } from '../time/time-range';

export const SPLITS = {
  version: 'version',
  status_code: 'status code',
  host: 'host',
  kind: 'span kind',
  peer: 'peer',
} as const;
export type Split = keyof typeof SPLITS;

export const COMPARISONS = {
  hour: 'an hour before',
  day: 'a day before',
  week: 'a week before',
  window: 'the time before',
} as const;
export type Comparison = keyof typeof COMPARISONS;

export const QUANTILES = ['p50', 'p75', 'p90', 'p95', 'p99'] as const;
export const LATENCIES = ['percentiles', 'avg', ...QUANTILES, 'max', 'apdex'] as const;
export type LatencyMode = (typeof LATENCIES)[number];

// Beside their share of the requests, which is usual.
export const ERRORS_MODES = ['per-second', 'count'] as const;
export type ErrorsMode = (typeof ERRORS_MODES)[number];

export const TRACE_KINDS = ['slowest', 'errors', 'typical', 'newest'] as const;
export type TraceKind = (typeof TRACE_KINDS)[number];

export interface OverTimeSearch extends RangeSearch {
  env?: string;
  // Of a service; its primary operation when left out.
  op?: string;
  by?: Split;
  cmp?: Comparison;
  // What the charts show when it isn't the usual.
  requests?: 'total';
  latency?: LatencyMode;
  errors?: ErrorsMode;
  // Only requests of these durations are listed: two numbers of ns.
  dur?: string;
  traces?: TraceKind;
}

export interface DurationRange {
  minNs: number;
  maxNs: number;
}

export const OVER_TIME_KEYS = [
  'env',
  'from',
  'to',
  'op',
  'by',
  'cmp',
  'requests',
  'latency',
  'errors',
  'dur',
  'traces',
];

export function readOverTime(reader: SearchReader): OverTimeSearch {
  const search: OverTimeSearch = readRange(reader);
  const oneOf = <T extends string>(key: string, values: readonly T[]) =>
    reader.text(key, (text) => (values as readonly string[]).includes(text)) as T | undefined;
  const env = reader.text('env', (text) => text !== '');
  const op = reader.text('op', (text) => text !== '');
  const by = oneOf('by', Object.keys(SPLITS) as Split[]);
  const cmp = oneOf('cmp', Object.keys(COMPARISONS) as Comparison[]);
  const requests = oneOf('requests', ['total'] as const);
  const latency = oneOf('latency', LATENCIES);
  const errors = oneOf('errors', ERRORS_MODES);
  const dur = reader.text('dur', (text) => readDurations(text) !== null);
  const traces = oneOf('traces', TRACE_KINDS);
  return {
    ...search,
    ...(env !== undefined && { env }),
    ...(op !== undefined && { op }),
    ...(by !== undefined && { by }),
    ...(cmp !== undefined && { cmp }),
    ...(requests !== undefined && { requests }),
    ...(latency !== undefined && latency !== 'percentiles' && { latency }),
    ...(errors !== undefined && { errors }),
    ...(dur !== undefined && { dur }),
    ...(traces !== undefined && traces !== 'slowest' && { traces }),
  };
}

// The page of a resource.
export function readResourceSearch(raw: RawSearch): { search: OverTimeSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, OVER_TIME_KEYS);
  return { search: readOverTime(reader), misunderstood: reader.misunderstood };
}

// "1000000-2500000"
export function readDurations(text: string): DurationRange | null {
  const [, low, high] = /^(\d{1,18})-(\d{1,18})$/.exec(text) ?? [];
  if (low === undefined || high === undefined || Number(low) > Number(high)) return null;
  return { minNs: Number(low), maxNs: Number(high) };
}

export function durationsText({ minNs, maxNs }: DurationRange): string {
  return `${Math.floor(minNs)}-${Math.ceil(maxNs)}`;
}

// What another page about the same time goes on with.
export function scopeOf({ env, from, to }: { env?: string } & RangeSearch): { env?: string } & RangeSearch {
  return { ...(env !== undefined && { env }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

// The same page at another time. What was chosen of the distribution is kept.
export function withTime<Search extends OverTimeSearch>(search: Search, range: TimeRange): Search {
  const { from: _, to: __, ...rest } = search;
  return { ...rest, ...readRange(new SearchReader({ ...range }, ['from', 'to'])) } as Search;
}
