// A time range as people type it or paste it from a log, in the zone that is shown: lengths (`15m`), names (`last week`),
// days (`Nov 21`, `1/1`: month first), times of day, ISO 8601, seconds to nanoseconds since 1970, and two of them joined.
//
// What has no year or no day is the latest that isn't in the future. A moment alone reaches from then until now, a day alone
// is that day, and what isn't over yet grows until it is asked for differently. The last day of two is a part of the range.

import { calendarTime, millisAt, startOfDay, type Zone, zoneName } from '../../format/zone';
import { ago } from './move-range';
import { endMillis, rangeMillis, relativeEnd, type TimeRange, UNIT_MS, type Unit } from './time-range';

export type TypedRange = { range: TimeRange } | { wrong: string };

export const EXPECTED = 'Expected a length (15m, 2d), a day (Nov 21, 1/31), a time (13:00) or two joined by “to”.';

// What is understood of one side, before it is known what stands on the other.
type Side =
  | { kind: 'relative'; end: string }
  // As the URL will say it.
  | { kind: 'moment'; millis: number; end: string }
  // A stretch with a name.
  | { kind: 'period'; from: number; to: number }
  | Calendar;

interface Calendar {
  kind: 'calendar';
  day?: Day;
  clock?: Clock;
  // Named behind it; the one that is shown otherwise.
  place?: Place;
}

// A zone, or how many minutes east of UTC.
type Place = Zone | number;

interface Day {
  // What isn't said is found out.
  year?: number;
  month: number;
  day: number;
}

interface Clock {
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

interface Present {
  now: number;
  zone: Zone;
}

// Every day that there is in some year is one of its days.
const LEAP_YEAR = 2024;
const MIDNIGHT: Clock = { hour: 0, minute: 0, second: 0, millisecond: 0 };

// Words first: a dash may also be a part of a date.
const JOINS = [/\s+(?:to|until|till)\s+|\s+(?:–|—|-|\.\.)\s+/gi, /\s*(?:–|—|\.\.)\s*/g, /\s*-\s*/g];

export function parseTypedRange(text: string, now: number, zone: Zone): TypedRange {
  const present = { now, zone };
  const typed = withoutZone(text.trim().replace(/\s+/g, ' '), present);
  const [, since] = /^(?:since|after|from)\s+(.*)$/i.exec(typed) ?? [];
  if (typed === '') return { wrong: EXPECTED };
  const single = parseSide(since ?? typed, present);
  if (single) return since === undefined ? rangeOfOne(single, present) : rangeSince(single, present);
  let wrong: string | undefined;
  for (const join of JOINS) {
    for (const match of (since ?? typed).matchAll(join)) {
      const sides = [match.input.slice(0, match.index), match.input.slice(match.index + match[0].length)];
      const [first, second] = sides.map((side) => parseSide(side, present));
      if (first && second) return rangeOfTwo(inPlaceOf(second, first), second, present);
      // Which of them it is helps where only one of them isn't understood.
      if (first || second) wrong ??= `“${sides[first ? 1 : 0].trim()}” isn’t understood. ${EXPECTED}`;
    }
  }
  return { wrong: wrong ?? `“${typed}” isn’t understood. ${EXPECTED}` };
}

// A zone at the end goes for both.
function inPlaceOf(second: Side, first: Side): Side {
  if (first.kind !== 'calendar' || second.kind !== 'calendar') return first;
  return second.place === undefined || first.place !== undefined ? first : { ...first, place: second.place };
}

// The name of the zone that is shown says nothing new, in summer or in winter.
function withoutZone(text: string, { now, zone }: Present): string {
  const names = [now, now + UNIT_MS.y / 2].map((millis) => ` ${zoneName(millis, zone)}`.toLowerCase());
  const name = names.find((each) => text.toLowerCase().endsWith(each));
  return name === undefined ? text : text.slice(0, -name.length);
}

function rangeOfOne(side: Side, present: Present): TypedRange {
  const begin = beginOf(side, present);
  if (begin === null) return noSuchDay();
  if (begin.end === 'now') return { wrong: 'That is a moment. Expected a length (15m) or where the time begins.' };
  const { end, periodEnd } = begin;
  if (periodEnd === undefined || periodEnd > present.now) return checked({ from: end, to: 'now' }, present);
  return checked({ from: end, to: iso(periodEnd) }, present);
}

function rangeSince(side: Side, present: Present): TypedRange {
  const begin = beginOf(side, present);
  return begin === null ? noSuchDay() : checked({ from: begin.end, to: 'now' }, present);
}

function rangeOfTwo(first: Side, second: Side, present: Present): TypedRange {
  const begin = beginOf(first, present);
  const end = begin && endOf(second, begin, present);
  if (begin === null || end === null) return noSuchDay();
  // Across midnight, without a day: the night that is over.
  if (end.nextDay && end.millis > present.now && first.kind === 'calendar' && !first.day && !begin.movedBack) {
    const earlier = calendarMillis(first, present, -1);
    const then = endOf(second, { ...begin, millis: earlier, end: iso(earlier) }, present);
    if (then) return checked({ from: iso(earlier), to: then.end }, present);
  }
  return checked({ from: begin.end, to: end.end }, present);
}

interface Begin {
  millis: number;
  // For the URL.
  end: string;
  // Where the day or the week that was named ends.
  periodEnd?: number;
  // There was no day, and today's time is still to come.
  movedBack?: boolean;
  // What belongs to it belongs to its day.
  setsDay: boolean;
}

function beginOf(side: Side, present: Present): Begin | null {
  const { now, zone } = present;
  if (side.kind === 'relative') return { millis: relativeMillis(side.end, now), end: side.end, setsDay: false };
  if (side.kind === 'moment') return { millis: side.millis, end: side.end, setsDay: true };
  if (side.kind === 'period') return { millis: side.from, end: iso(side.from), periodEnd: side.to, setsDay: true };
  if (!side.day) {
    const today = calendarMillis(side, present);
    const movedBack = today > now;
    const millis = movedBack ? calendarMillis(side, present, -1) : today;
    return { millis, end: iso(millis), movedBack, setsDay: true };
  }
  const { place = zone } = side;
  const thisYear = dayAt(now, place).year;
  const day = withYear(side.day, thisYear, -1, (found) => momentOf(found, side.clock, place) <= now);
  if (day === null) return null;
  const millis = momentOf(day, side.clock, place);
  const begin = { millis, end: iso(millis), setsDay: true };
  return side.clock ? begin : { ...begin, periodEnd: momentOf({ ...day, day: day.day + 1 }, MIDNIGHT, place) };
}

interface End {
  millis: number;
  end: string;
  // It is a time of the day behind the one where the range begins.
  nextDay?: boolean;
}

function endOf(side: Side, begin: Begin, present: Present): End | null {
  const { now, zone } = present;
  if (side.kind === 'relative') return { millis: relativeMillis(side.end, now), end: side.end };
  if (side.kind === 'moment') return side;
  const untilNow = (millis: number): End => ({ millis, end: millis > now ? 'now' : iso(millis) });
  if (side.kind === 'period') return untilNow(side.to);
  const { place = zone } = side;
  if (!side.day) {
    const clock = side.clock ?? MIDNIGHT;
    const onDay = dayAt(begin.setsDay ? begin.millis : now, place);
    const millis = momentOf(onDay, clock, place);
    if (!begin.setsDay) return at(millis > now ? momentOf({ ...onDay, day: onDay.day - 1 }, clock, place) : millis);
    if (millis > begin.millis) return at(millis);
    return { ...at(momentOf({ ...onDay, day: onDay.day + 1 }, clock, place)), nextDay: true };
  }
  const beginYear = dayAt(begin.millis, place).year;
  const endOfDay = (day: Required<Day>) =>
    side.clock ? momentOf(day, side.clock, place) : momentOf({ ...day, day: day.day + 1 }, MIDNIGHT, place);
  const day = withYear(side.day, beginYear, 1, (found) => endOfDay(found) > begin.millis);
  if (day === null) return null;
  const millis = endOfDay(day);
  const isToday = !side.clock && momentOf(day, MIDNIGHT, place) <= now;
  return isToday ? untilNow(millis) : at(millis);
}

// The day in the first year from `year` on that fits, in steps of a year. Not every year has a February 29.
function withYear(day: Day, year: number, step: 1 | -1, fits: (found: Required<Day>) => boolean): Required<Day> | null {
  if (day.year !== undefined) return exists(day.year, day) ? { ...day, year: day.year } : null;
  for (let tried = 0; tried <= 8; tried++) {
    const found = { ...day, year: year + tried * step };
    if (exists(found.year, day) && fits(found)) return found;
  }
  return null;
}

function exists(year: number, { month, day }: Day): boolean {
  return month >= 0 && day > 0 && calendarTime(Date.UTC(year, month, day), 'utc').month === month;
}

function momentOf({ year, month, day }: Required<Day>, clock: Clock = MIDNIGHT, place: Place): number {
  const { hour, minute, second, millisecond } = clock;
  if (typeof place === 'string') return millisAt(place, year, month, day, hour, minute, second, millisecond);
  return millisAt('utc', year, month, day, hour, minute - place, second, millisecond);
}

function dayAt(millis: number, place: Place): Required<Day> {
  const { year, month, day } =
    typeof place === 'string' ? calendarTime(millis, place) : calendarTime(millis + place * 60_000, 'utc');
  return { year, month, day };
}

// A time of today, or of another day.
function calendarMillis({ clock, place }: Calendar, { now, zone }: Present, daysLater = 0): number {
  const today = dayAt(now, place ?? zone);
  return momentOf({ ...today, day: today.day + daysLater }, clock, place ?? zone);
}

function relativeMillis(end: string, now: number): number {
  const { count, unit } = relativeEnd(end) ?? { count: 0, unit: 's' };
  return now - count * UNIT_MS[unit];
}

function at(millis: number): End {
  return { millis, end: iso(millis) };
}

function iso(millis: number): string {
  return new Date(millis).toISOString();
}

function noSuchDay(): TypedRange {
  return { wrong: 'There is no such day.' };
}

function checked(range: TimeRange, { now }: Present): TypedRange {
  if (endMillis(range.from, now) === null) return { wrong: 'Expected a time between 1970 and now.' };
  if (!rangeMillis({ from: range.from, to: 'now' }, now)) return { wrong: 'That lies in the future.' };
  return rangeMillis(range, now) ? { range } : { wrong: 'It ends before it begins. Expected the earlier time first.' };
}

function parseSide(text: string, present: Present): Side | null {
  const typed = text.trim();
  return (
    parseRelative(typed) ??
    parseEpoch(typed) ??
    parsePeriod(typed.toLowerCase(), present) ??
    parseIso(typed, present) ??
    parseCalendar(typed, present)
  );
}

const UNIT_WORDS: readonly [RegExp, Unit][] = [
  [/^(?:s|secs?|seconds?)$/i, 's'],
  [/^(?:M|mos?|mths?|months?)$/, 'M'],
  [/^(?:m|mins?|minutes?)$/i, 'm'],
  [/^(?:h|hrs?|hours?)$/i, 'h'],
  [/^(?:d|days?)$/i, 'd'],
  [/^(?:w|wks?|weeks?)$/i, 'w'],
  [/^(?:mos?|mths?|months?)$/i, 'M'],
  [/^(?:y|yrs?|years?)$/i, 'y'],
];

function unitOf(word: string): Unit | null {
  return UNIT_WORDS.find(([words]) => words.test(word))?.[1] ?? null;
}

// `now`, `now-2h`, `15m`, `1h30m`, `1.5h`, `past 2 days`, `3h ago`, `past hour`
function parseRelative(text: string): Side | null {
  if (relativeEnd(text)) return { kind: 'relative', end: text };
  if (/^(?:now|present)$/i.test(text)) return { kind: 'relative', end: 'now' };
  const [, lastWord, word] = /^(past|last) ([a-z]+)$/i.exec(text) ?? [];
  const wordUnit = word === undefined ? null : unitOf(word);
  // The last week is the one before this one, the past week the time since a week ago.
  if (wordUnit && (lastWord.toLowerCase() === 'past' || UNIT_MS[wordUnit] <= UNIT_MS.d))
    return { kind: 'relative', end: `now-1${wordUnit}` };
  const length = /^(?:(?:past|last) |(?:now ?)?- ?)?((?:\d{1,6}(?:\.\d+)? ?[a-z]+ ?)+?)(?: ago)?$/i.exec(text)?.[1];
  if (length === undefined) return null;
  const parts = Array.from(length.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi), ([, count, unit]) => ({
    count: Number(count),
    unit: unitOf(unit),
  }));
  const [{ count, unit }] = parts;
  if (parts.length === 1 && unit && Number.isInteger(count))
    return count === 0 ? null : { kind: 'relative', end: `now-${count}${unit}` };
  let sum = 0;
  for (const part of parts) {
    if (!part.unit) return null;
    sum += part.count * UNIT_MS[part.unit];
  }
  return sum < 1000 ? null : { kind: 'relative', end: ago(sum) };
}

// Seconds, milliseconds, microseconds or nanoseconds since 1970, by the number of digits.
function parseEpoch(text: string): Side | null {
  const seconds = /^\d{10}(?:\.\d{1,9})?$/.test(text);
  if (!seconds && !/^(?:\d{13}|\d{16}|\d{19})$/.test(text)) return null;
  const millis = seconds ? Math.round(Number(text) * 1000) : Number(text.slice(0, 13));
  return { kind: 'moment', millis, end: String(millis) };
}

// Weeks begin on Monday.
function parsePeriod(text: string, { now, zone }: Present): Side | null {
  const { year, month, day, weekday } = calendarTime(now, zone);
  const monday = day - ((weekday + 6) % 7);
  const [, which, what] = /^(this|last|previous) (week|month|year)$/.exec(text) ?? [];
  const back = which === 'this' ? 0 : 1;
  const begin = (later: number): number => {
    if (what === 'week') return millisAt(zone, year, month, monday + 7 * later);
    if (what === 'month') return millisAt(zone, year, month + later, 1);
    return millisAt(zone, year + later, 0, 1);
  };
  if (what !== undefined) return { kind: 'period', from: begin(-back), to: begin(1 - back) };
  const daysAgo = ['today', 'yesterday'].indexOf(text);
  if (daysAgo < 0) return null;
  return { kind: 'period', from: startOfDay(now, zone, -daysAgo), to: startOfDay(now, zone, 1 - daysAgo) };
}

const ISO_TIME =
  /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$/i;

function parseIso(text: string, { zone }: Present): Side | null {
  const match = ISO_TIME.exec(text);
  if (!match) return null;
  const [year, month, day] = match.slice(1, 4).map(Number);
  const date = { year, month: month - 1, day };
  if (!exists(year, date)) return null;
  if (match[4] === undefined) return { kind: 'calendar', day: date };
  const [hour, minute, second] = match.slice(4, 7).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return null;
  const clock = { hour, minute, second, millisecond: Number((match[7] ?? '').padEnd(3, '0').slice(0, 3)) };
  const place = match[8] === undefined ? zone : offsetMinutes(match[8]);
  if (place === null) return null;
  const millis = momentOf(date, clock, place);
  return { kind: 'moment', millis, end: iso(millis) };
}

// `Z`, `UTC`, `+01`, `-0530`; null of what no clock on Earth shows.
function offsetMinutes(text: string): number | null {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  if (sign === undefined) return 0;
  const distance = 60 * Number(hours) + Number(minutes);
  return distance > 14 * 60 ? null : (sign === '-' ? -1 : 1) * distance;
}

const MONTH_NAMES = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAY_FORMS: readonly [RegExp, (groups: string[]) => Day][] = [
  // Nov 21, November 21st 2026
  [
    /^([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?(?![\d:])/i,
    ([month, day, year]) => dayOf(year, monthNumber(month), day),
  ],
  // 21 Nov
  [
    /^(\d{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})\.?(?:,? (\d{4}))?(?![\d:])/i,
    ([day, month, year]) => dayOf(year, monthNumber(month), day),
  ],
  // 11/21, 11/21/2026
  [/^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?(?![\d:/])/, ([month, day, year]) => dayOf(year, Number(month) - 1, day)],
  [/^(\d{4})[-/](\d\d)[-/](\d\d)(?!\d)/, ([year, month, day]) => dayOf(year, Number(month) - 1, day)],
];

function monthNumber(typed: string): number {
  const name = typed.toLowerCase();
  return MONTH_NAMES.findIndex((month) => month.startsWith(name));
}

function dayOf(year: string | undefined, month: number, day: string): Day {
  return { month, day: Number(day), ...(year !== undefined && { year: Number(year) }) };
}

// A day, a time of day, or both, and perhaps a zone: `Nov 21`, `13:00`, `Nov 21 2025, 1:00 pm`, `yesterday 10:00`,
// `13:00 UTC-05:00`
function parseCalendar(text: string, { now, zone }: Present): Side | null {
  const [, before = '', zoneText] = /^(.*?)(?:(?: (?:utc|gmt))([+-]\d\d:?\d\d)?| ?z)$/i.exec(text) ?? [];
  const named = before !== '';
  const place = named ? offsetMinutes(zoneText ?? 'Z') : undefined;
  if (place === null) return null;
  const { day, rest } = takeDay(named ? before : text, dayAt(now, place ?? zone));
  if (day && !exists(day.year ?? LEAP_YEAR, day)) return null;
  const clockText = rest.replace(day ? /^(?:,| at\b|T(?=\d))? ?/i : /^at /i, '');
  const clock = parseClock(clockText);
  if (clockText === '' ? !day : !clock) return null;
  return {
    kind: 'calendar',
    ...(day && { day }),
    ...(clock && { clock }),
    ...(place !== undefined && { place }),
  };
}

// What names a day at the beginning of the text, and what is left.
function takeDay(text: string, today: Required<Day>): { day?: Day; rest: string } {
  const [word] = /^(?:today|yesterday)\b/i.exec(text) ?? [];
  if (word !== undefined) {
    const yesterday = word.toLowerCase() === 'yesterday';
    // The day before the first of a month is one of another month.
    const day = yesterday ? dayAt(Date.UTC(today.year, today.month, today.day - 1), 'utc') : today;
    return { day, rest: text.slice(word.length) };
  }
  for (const [form, read] of DAY_FORMS) {
    const match = form.exec(text);
    if (match) return { day: read(match.slice(1)), rest: text.slice(match[0].length) };
  }
  return { rest: text };
}

// `13:00`, `13:00:05.123`, `1:00 pm`, `10am`
function parseClock(text: string): Clock | null {
  const match = /^(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?: ?([ap])\.?m\.?)?$/i.exec(text);
  if (!match || (match[2] === undefined && match[5] === undefined)) return null;
  const [hour, minute, second] = match.slice(1, 4).map((part) => Number(part ?? 0));
  const half = match[5]?.toLowerCase();
  if (minute > 59 || second > 59 || (half ? hour < 1 || hour > 12 : hour > 23)) return null;
  return {
    hour: half ? (hour % 12) + (half === 'p' ? 12 : 0) : hour,
    minute,
    second,
    millisecond: Number((match[4] ?? '').padEnd(3, '0').slice(0, 3)),
  };
}
