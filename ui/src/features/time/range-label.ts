// What a time range is called. What is printed can be typed again and means the same (see typed-range.ts).

import { serverNow } from '../../api/server-clock';
import { MONTHS, three, two } from '../../format/time';
import { calendarTime, formatOffset, millisAt, minutesEast, startOfDay, type Zone, zoneName } from '../../format/zone';
import { kindOf, PRESETS, rangeMillis, relativeEnd, type TimeRange, type Unit } from './time-range';

const UNIT_WORDS: Record<Unit, string> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  M: 'month',
  y: 'year',
};

// "Past 15 minutes", "Since 13:00", "Nov 21, 13:00 – 14:00"
export function describeTimeRange(range: TimeRange, zone: Zone, now = serverNow()): string {
  const preset = PRESETS.find((each) => each.range.from === range.from && each.range.to === range.to);
  if (preset) return preset.label;
  const from = relativeEnd(range.from);
  if (from && range.to === 'now') return `Past ${from.count} ${UNIT_WORDS[from.unit]}${from.count === 1 ? '' : 's'}`;
  const millis = rangeMillis(range, now);
  if (!millis) return `${range.from} – ${range.to}`;
  if (kindOf(range) === 'fixed') return wholeDays(millis, zone, now) ?? describeFixed(millis, zone, now);
  if (from) return `${range.from} – ${relativeEnd(range.to) ? range.to : dayAndClock(millis.to, zone, now)}`;
  if (range.to === 'now' && millis.from === startOfDay(now, zone)) return 'Today';
  const twice = comesTwice(millis.from, zone);
  const begin =
    isToday(millis.from, zone, now) && !twice
      ? clockOf(millis.from, zone)
      : `${dayAndClock(millis.from, zone, now)}${twice ? offsetOf(millis.from, zone) : ''}`;
  return range.to === 'now' ? `Since ${begin}` : `${begin} – ${range.to}`;
}

// When it is, with its zone: "Nov 21, 13:00 – now CET". What moves is told to the minute.
export function describeWhen(range: TimeRange, zone: Zone, now: number): string {
  const millis = rangeMillis(range, now);
  if (!millis) return '';
  const told = (end: string, at: number) => (relativeEnd(end) ? at - (at % 60_000) : at);
  const from = told(range.from, millis.from);
  const to = told(range.to, millis.to);
  const names = [...new Set([zoneName(from, zone), zoneName(to, zone)])].join('/');
  const begin = dayAndClock(from, zone, now);
  const sameDay = startOfDay(from, zone) === startOfDay(to, zone);
  const end = range.to === 'now' ? 'now' : sameDay ? clockOf(to, zone) : dayAndClock(to, zone, now, from);
  return `${begin} – ${end} ${names}`;
}

// "Nov 21", "Nov 21 – Nov 23": from the beginning of the first to the end of the last.
function wholeDays({ from, to }: { from: number; to: number }, zone: Zone, now: number): string | null {
  if (startOfDay(from, zone) !== from || startOfDay(to, zone) !== to || to > now) return null;
  const last = startOfDay(to, zone, -1);
  return from === last ? dayOf(from, zone, now) : `${dayOf(from, zone, now)} – ${dayOf(last, zone, now, from)}`;
}

function describeFixed({ from, to }: { from: number; to: number }, zone: Zone, now: number): string {
  // A zone that is named behind the end goes for the beginning too.
  if (comesTwice(from, zone) || comesTwice(to, zone))
    return [from, to].map((at) => `${dayAndClock(at, zone, now, from)}${offsetOf(at, zone)}`).join(' – ');
  const begin = isToday(from, zone, now) ? clockOf(from, zone) : dayAndClock(from, zone, now);
  const sameDay = startOfDay(from, zone) === startOfDay(to, zone);
  return `${begin} – ${sameDay ? clockOf(to, zone) : dayAndClock(to, zone, now, from)}`;
}

// When clocks go back an hour comes twice, and this is the second.
function comesTwice(millis: number, zone: Zone): boolean {
  const { year, month, day, hour, minute, second, millisecond } = calendarTime(millis, zone);
  return millisAt(zone, year, month, day, hour, minute, second, millisecond) !== millis;
}

function offsetOf(millis: number, zone: Zone): string {
  const offset = minutesEast(millis, zone);
  return ` UTC${offset === 0 ? '' : formatOffset(offset)}`;
}

function isToday(millis: number, zone: Zone, now: number): boolean {
  return millis <= now && startOfDay(millis, zone) === startOfDay(now, zone);
}

function dayAndClock(millis: number, zone: Zone, now: number, begin?: number): string {
  return `${dayOf(millis, zone, now, begin)}, ${clockOf(millis, zone)}`;
}

// With its year when it isn't this one, or when without it another would be meant.
function dayOf(millis: number, zone: Zone, now: number, begin = millis): string {
  const { year, month, day } = calendarTime(millis, zone);
  const plain = `${MONTHS[month]} ${day}`;
  const clear = millis <= now && year === calendarTime(now, zone).year && year === calendarTime(begin, zone).year;
  return clear ? plain : `${plain} ${year}`;
}

function clockOf(millis: number, zone: Zone): string {
  const { hour, minute, second, millisecond } = calendarTime(millis, zone);
  const fraction = millisecond === 0 ? '' : `.${three(millisecond)}`;
  const seconds = second === 0 && !fraction ? '' : `:${two(second)}${fraction}`;
  return `${two(hour)}:${two(minute)}${seconds}`;
}
