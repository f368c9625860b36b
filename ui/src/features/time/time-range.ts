// The time range of a list, as it stands in the URL.
//
// An end is `now`, `now-<n><unit>`, an ISO 8601 time or epoch milliseconds, which is what the API takes, and means what it
// means there: an ISO time without a zone is UTC, `M` is 30 days. Relative ends stay relative, so that a range slides.

import { serverNow } from '../../api/server-clock';
import type { SearchReader } from '../search-params';

export interface TimeRange {
  from: string;
  to: string;
}

// As it stands in the URL, where the default doesn't appear.
export type RangeSearch = Partial<TimeRange>;

// Sliding: both ends move, or one that began in the past ends later than that. Growing: only the end does.
export type RangeKind = 'sliding' | 'growing' | 'fixed';

export const DEFAULT_RANGE: TimeRange = { from: 'now-1h', to: 'now' };

export const PRESETS: readonly { range: TimeRange; label: string }[] = [
  { range: { from: 'now-5m', to: 'now' }, label: 'Past 5 minutes' },
  { range: { from: 'now-15m', to: 'now' }, label: 'Past 15 minutes' },
  { range: { from: 'now-30m', to: 'now' }, label: 'Past 30 minutes' },
  { range: { from: 'now-1h', to: 'now' }, label: 'Past hour' },
  { range: { from: 'now-4h', to: 'now' }, label: 'Past 4 hours' },
  { range: { from: 'now-1d', to: 'now' }, label: 'Past day' },
  { range: { from: 'now-2d', to: 'now' }, label: 'Past 2 days' },
  { range: { from: 'now-1w', to: 'now' }, label: 'Past week' },
  { range: { from: 'now-1M', to: 'now' }, label: 'Past month' },
];

const HOUR = 3600e3;
const DAY = 24 * HOUR;

// Of the units in the URL, the shortest first.
export const UNIT_MS = { s: 1e3, m: 60e3, h: HOUR, d: DAY, w: 7 * DAY, M: 30 * DAY, y: 365 * DAY } as const;
export type Unit = keyof typeof UNIT_MS;

// What 64 bits of nanoseconds hold, and the API with them.
const LATEST_MS = Number((2n ** 63n - 1n) / 1_000_000n);

const RELATIVE = /^now(?:-(\d{1,6})([smhdwMy]))?$/;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;

// What a relative end says, null of others. `now` is no time at all ago.
export function relativeEnd(end: string): { count: number; unit: Unit } | null {
  const match = RELATIVE.exec(end);
  return match && { count: Number(match[1] ?? 0), unit: (match[2] ?? 's') as Unit };
}

// Milliseconds since 1970 of one end, or null when it isn't understood or nothing can be of that time.
export function endMillis(end: string, nowMillis: number): number | null {
  const millis = anyMillis(end, nowMillis);
  return millis !== null && millis >= 0 && millis <= LATEST_MS ? millis : null;
}

function anyMillis(end: string, nowMillis: number): number | null {
  const relative = relativeEnd(end);
  if (relative) return nowMillis - relative.count * UNIT_MS[relative.unit];
  if (/^\d{12,13}$/.test(end)) return Number(end);
  return isoMillis(end);
}

// The browser's own reading knows more, and takes a time without a zone for a local one.
function isoMillis(text: string): number | null {
  const [, date, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined) return null;
  const offset = zone.replace(/^(...)(\d\d)$/, '$1:$2');
  const millis = Date.parse(`${date}T${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  // A month's day that doesn't exist is one of the next month to it.
  const exists = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(millis) || exists.toISOString().slice(0, 10) !== date ? null : millis;
}

// Begin and end in ms since 1970; null when an end isn't understood or they aren't in order.
export function rangeMillis({ from, to }: TimeRange, nowMillis: number): { from: number; to: number } | null {
  const begin = endMillis(from, nowMillis);
  const end = endMillis(to, nowMillis);
  return begin === null || end === null || begin >= end ? null : { from: begin, to: end };
}

export function readRange(reader: SearchReader): RangeSearch {
  const now = serverNow();
  const isEnd = (text: string) => endMillis(text, now) !== null;
  const from = reader.text('from', isEnd);
  const to = reader.text('to', isEnd);
  const search: RangeSearch = {};
  if (from !== undefined && from !== DEFAULT_RANGE.from) search.from = from;
  if (to !== undefined && to !== DEFAULT_RANGE.to) search.to = to;
  if (rangeMillis(rangeOf(search), now)) return search;
  // Each end is a time, but nothing lies between them.
  reader.misunderstood.push(...Object.keys(search));
  return {};
}

export function rangeOf(search: RangeSearch): TimeRange {
  return { from: search.from ?? DEFAULT_RANGE.from, to: search.to ?? DEFAULT_RANGE.to };
}

export function kindOf({ from, to }: TimeRange): RangeKind {
  if (relativeEnd(from)) return 'sliding';
  return relativeEnd(to) ? 'growing' : 'fixed';
}

// Until the present moment, wherever that is.
export function isSliding(range: TimeRange): boolean {
  return range.to === 'now' && relativeEnd(range.from) !== null;
}

export function lengthMillis(range: TimeRange, nowMillis = serverNow()): number {
  return (endMillis(range.to, nowMillis) ?? nowMillis) - (endMillis(range.from, nowMillis) ?? nowMillis);
}

// The same range with fixed ends, for links that must show the same next week.
export function absoluteRange(range: TimeRange, nowMillis: number): TimeRange {
  const fixed = (end: string) => new Date(endMillis(end, nowMillis) ?? nowMillis).toISOString();
  return { from: fixed(range.from), to: fixed(range.to) };
}

// The equal time before: sliding where the range is.
export function previousRange(range: TimeRange, nowMillis: number): TimeRange {
  const relative = range.to === 'now' ? relativeEnd(range.from) : null;
  if (relative?.count) return { from: `now-${2 * relative.count}${relative.unit}`, to: range.from };
  const from = endMillis(range.from, nowMillis) ?? nowMillis;
  const to = endMillis(range.to, nowMillis) ?? nowMillis;
  return { from: new Date(2 * from - to).toISOString(), to: new Date(from).toISOString() };
}

// The next longer preset, for when a range holds nothing.
export function widerRange(range: TimeRange): (typeof PRESETS)[number] | null {
  const length = lengthMillis(range);
  return PRESETS.find((preset) => lengthMillis(preset.range) > length) ?? null;
}

// How often a range whose end moves is asked for again; longer ones change less. Null: only by hand.
export function refreshMillis(range: TimeRange, nowMillis = serverNow()): number | null {
  if (kindOf(range) === 'fixed') return null;
  const length = lengthMillis(range, nowMillis);
  if (length <= HOUR) return 10e3;
  if (length <= 4 * HOUR) return 30e3;
  if (length <= DAY) return 60e3;
  return null;
}
