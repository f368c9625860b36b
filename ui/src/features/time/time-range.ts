// The time range of a list, as it stands in the URL and as people type it.
//
// An end is `now`, `now-<n><unit>`, an ISO 8601 time or epoch milliseconds, which is what the API takes. Relative ends stay
// relative, so that a range slides.

import type { SearchReader } from '../search-params';

export interface TimeRange {
  from: string;
  to: string;
}

// As it stands in the URL, where the default doesn't appear.
export type RangeSearch = Partial<TimeRange>;

export const DEFAULT_RANGE: TimeRange = { from: 'now-1h', to: 'now' };

export const PRESETS: readonly { range: TimeRange; label: string }[] = [
  { range: { from: 'now-5m', to: 'now' }, label: 'Past 5 minutes' },
  { range: { from: 'now-15m', to: 'now' }, label: 'Past 15 minutes' },
  { range: { from: 'now-1h', to: 'now' }, label: 'Past hour' },
  { range: { from: 'now-4h', to: 'now' }, label: 'Past 4 hours' },
  { range: { from: 'now-1d', to: 'now' }, label: 'Past day' },
];

const UNIT_MS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 };
const RELATIVE = /^now(?:-(\d{1,6})(s|m|h|d|w))?$/;

// Milliseconds since 1970 of one end, or null when it isn't understood.
export function endMillis(end: string, nowMillis: number): number | null {
  const relative = RELATIVE.exec(end);
  if (relative) return nowMillis - (relative[1] ? Number(relative[1]) * UNIT_MS[relative[2]] : 0);
  if (/^\d{12,13}$/.test(end)) return Number(end);
  if (!/^\d{4}-\d\d-\d\d/.test(end)) return null;
  const millis = Date.parse(end);
  return Number.isNaN(millis) ? null : millis;
}

export function readRange(reader: SearchReader): RangeSearch {
  const isEnd = (text: string) => endMillis(text, Date.now()) !== null;
  const from = reader.text('from', isEnd);
  const to = reader.text('to', isEnd);
  const search: RangeSearch = {};
  if (from !== undefined && from !== DEFAULT_RANGE.from) search.from = from;
  if (to !== undefined && to !== DEFAULT_RANGE.to) search.to = to;
  return search;
}

export function rangeOf(search: RangeSearch): TimeRange {
  return { from: search.from ?? DEFAULT_RANGE.from, to: search.to ?? DEFAULT_RANGE.to };
}

export function isSliding(range: TimeRange): boolean {
  return range.to === 'now' && range.from.startsWith('now-');
}

export function lengthMillis(range: TimeRange): number {
  const now = Date.now();
  return (endMillis(range.to, now) ?? now) - (endMillis(range.from, now) ?? now);
}

// Understands `15m`, `now-2h`, an ISO time or epoch milliseconds (from then until now), and two of them joined by "to".
export function parseTimeRange(text: string, nowMillis: number): TimeRange | null {
  const [first, second, ...more] = text.trim().split(/\s+(?:to|until|–|-)\s+/i);
  if (!first || more.length > 0) return null;
  const from = parseEnd(first);
  const to = second === undefined ? 'now' : parseEnd(second);
  if (from === null || to === null) return null;
  const begin = endMillis(from, nowMillis);
  const end = endMillis(to, nowMillis);
  return begin !== null && end !== null && begin < end ? { from, to } : null;
}

function parseEnd(text: string): string | null {
  const short = /^(?:-|past\s+|last\s+)?(\d{1,6})\s*(s|m|h|d|w)(?:\s+ago)?$/i.exec(text);
  if (short) return `now-${short[1]}${short[2].toLowerCase()}`;
  if (RELATIVE.test(text)) return text;
  // Seconds, milliseconds or nanoseconds since 1970, by the number of digits.
  if (/^\d{10}$/.test(text)) return `${text}000`;
  if (/^\d{13}$/.test(text)) return text;
  if (/^\d{19}$/.test(text)) return text.slice(0, 13);
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? null : new Date(millis).toISOString();
}

export function describeTimeRange(range: TimeRange): string {
  const preset = PRESETS.find((each) => each.range.from === range.from && each.range.to === range.to);
  if (preset) return preset.label;
  if (isSliding(range)) return `Past ${range.from.slice('now-'.length)}`;
  return `${describeEnd(range.from)} – ${describeEnd(range.to)}`;
}

function describeEnd(end: string): string {
  if (end.startsWith('now')) return end;
  const millis = endMillis(end, 0);
  if (millis === null) return end;
  return new Date(millis).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

// The same range with fixed ends, for links that must show the same next week.
export function absoluteRange(range: TimeRange, nowMillis: number): TimeRange {
  const fixed = (end: string) => new Date(endMillis(end, nowMillis) ?? nowMillis).toISOString();
  return { from: fixed(range.from), to: fixed(range.to) };
}

// The equal time before: sliding where the range is.
export function previousRange(range: TimeRange, nowMillis: number): TimeRange {
  const [, count, unit] = range.to === 'now' ? (RELATIVE.exec(range.from) ?? []) : [];
  if (count) return { from: `now-${2 * Number(count)}${unit}`, to: range.from };
  const from = endMillis(range.from, nowMillis) ?? nowMillis;
  const to = endMillis(range.to, nowMillis) ?? nowMillis;
  return { from: new Date(2 * from - to).toISOString(), to: new Date(from).toISOString() };
}

// The next longer preset, for when a range holds nothing.
export function widerRange(range: TimeRange): (typeof PRESETS)[number] | null {
  const length = lengthMillis(range);
  return PRESETS.find((preset) => lengthMillis(preset.range) > length) ?? null;
}

// How often a sliding range is asked for again; longer ones change less. Null: only by hand.
export function refreshMillis(range: TimeRange): number | null {
  if (!isSliding(range)) return null;
  const length = lengthMillis(range);
  if (length <= 3600e3) return 10e3;
  if (length <= 4 * 3600e3) return 30e3;
  if (length <= 86_400e3) return 60e3;
  return null;
}
