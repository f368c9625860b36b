// Another range beside, around or within the one that is shown. None of them ends later than now.

import { endMillis, kindOf, relativeEnd, type TimeRange, UNIT_MS, type Unit } from './time-range';

const SECOND = 1e3;
const SHORTEST_MS = 60 * SECOND;
// What is kept is kept for less than a year.
const LONGEST_MS = 366 * UNIT_MS.d;
// What comes that near to now, as a part of its length, is meant to end there.
const NEAR_NOW = 1 / 20;

interface Ends {
  from: number;
  to: number;
}

function endsOf(range: TimeRange, nowMillis: number): Ends {
  return { from: endMillis(range.from, nowMillis) ?? nowMillis, to: endMillis(range.to, nowMillis) ?? nowMillis };
}

// The window before or after. What was looked at stays the same on a reload: the result is fixed, until it gets to now
// again and slides. Null when it ends now already.
export function shiftRange(range: TimeRange, direction: 1 | -1, nowMillis: number): TimeRange | null {
  const { from, to } = endsOf(range, nowMillis);
  const length = to - from;
  if (direction === 1 && to >= nowMillis) return null;
  const end = to + direction * length;
  if (direction === 1 && end > nowMillis - length * NEAR_NOW) return { from: ago(length), to: 'now' };
  return fixed({ from: from + direction * length, to: end });
}

// Twice as long around its middle, or back from now when that is where it ends. Null when it is long enough.
export function zoomOut(range: TimeRange, nowMillis: number): TimeRange | null {
  const { from, to } = endsOf(range, nowMillis);
  const length = to - from;
  if (2 * length > LONGEST_MS) return null;
  if (relativeEnd(range.to))
    return kindOf(range) === 'sliding'
      ? slid(range, from - length, nowMillis)
      : { from: iso(from - length), to: range.to };
  const end = Math.max(to, Math.min(nowMillis, to + length / 2));
  return fixed({ from: end - 2 * length, to: end });
}

// The middle half, or the later half of what ends now. Null when it is short enough.
export function zoomIn(range: TimeRange, nowMillis: number): TimeRange | null {
  const { from, to } = endsOf(range, nowMillis);
  const length = to - from;
  if (length / 2 < SHORTEST_MS) return null;
  if (relativeEnd(range.to))
    return kindOf(range) === 'sliding'
      ? slid(range, to - length / 2, nowMillis)
      : { from: iso(to - length / 2), to: range.to };
  return fixed({ from: from + length / 4, to: to - length / 4 });
}

// The same end, and a beginning that is as long ago at any time.
function slid({ to }: TimeRange, from: number, nowMillis: number): TimeRange {
  return { from: ago(nowMillis - from), to };
}

// `now-90m`: in the largest unit that says it, of those that are the same length wherever they are read.
export function ago(millis: number): string {
  // An end has six digits at most.
  const step = millis > 999_999 * SECOND ? UNIT_MS.m : SECOND;
  const length = Math.max(1, Math.round(millis / step)) * step;
  const units: Unit[] = ['w', 'd', 'h', 'm', 's'];
  const unit = units.find((each) => length % UNIT_MS[each] === 0) ?? 's';
  return `now-${length / UNIT_MS[unit]}${unit}`;
}

function fixed({ from, to }: Ends): TimeRange {
  return { from: iso(from), to: iso(to) };
}

function iso(millis: number): string {
  return new Date(Math.round(millis)).toISOString();
}
