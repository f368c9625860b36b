// Counts the part of a typed range up or down that the cursor is in: an hour, a day, a month, the number of a length.
//
// What overflows is carried within the same moment: a minute after 13:59 is 14:00, and a day later if the day is there.

import { MONTHS } from '../../format/time';

export interface Stepped {
  text: string;
  // Where the part is now.
  start: number;
  end: number;
}

const MOMENTS: readonly RegExp[] = [
  /(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))?)?/dg,
  /(?<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?<day>\d{1,2})(?!\d|:)(?:,? (?<year>\d{4})(?!\d))?(?:,? (?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d))?(?: ?(?<half>am|pm))?)?/dgi,
  /(?<month>\d{1,2})\/(?<day>\d{1,2})(?:\/(?<year>\d{4}))?(?:,? (?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d))?(?: ?(?<half>am|pm))?)?/dg,
  /(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d))?(?: ?(?<half>am|pm))?/dgi,
  /(?<hour>\d{1,2}) ?(?<half>am|pm)/dgi,
];
const LENGTH = /(?<count>\d{1,6})(?= ?[a-z])/dgi;

type Span = [number, number];

export function stepPart(text: string, start: number, end: number, step: 1 | -1, now: number): Stepped | null {
  const taken: Span[] = [];
  for (const form of MOMENTS) {
    for (const match of text.matchAll(form)) {
      const whole = spanOf(match.index, match[0]);
      // A time of day belongs to the day before it.
      if (taken.some((other) => whole[0] < other[1] && other[0] < whole[1])) continue;
      taken.push(whole);
      const found = partAt(match, start, end);
      if (found) return stepMoment(text, match, found, step, now);
    }
  }
  for (const match of text.matchAll(LENGTH)) {
    const [from, to] = spanOf(match.index, match[0]);
    if (start < from || end > to || taken.some((other) => from < other[1] && other[0] < to)) continue;
    return replaced(text, [{ span: [from, to], by: String(Math.max(1, Number(match[0]) + step)) }], 0);
  }
  return null;
}

function spanOf(start: number, text: string): Span {
  return [start, start + text.length];
}

function spansOf(match: RegExpExecArray): [string, Span][] {
  const spans = Object.entries(match.indices?.groups ?? {});
  return spans.flatMap(([name, span]) => (span ? [[name, span as Span] as [string, Span]] : []));
}

function partAt(match: RegExpExecArray, start: number, end: number): string | undefined {
  return spansOf(match).find(([, [from, to]]) => start >= from && end <= to)?.[0];
}

function stepMoment(text: string, match: RegExpExecArray, part: string, step: 1 | -1, now: number): Stepped | null {
  const groups = match.groups ?? {};
  const number = (name: string, otherwise: number) => (groups[name] === undefined ? otherwise : Number(groups[name]));
  const half = groups.half?.toLowerCase();
  const hour = half ? (number('hour', 12) % 12) + (half === 'pm' ? 12 : 0) : number('hour', 0);
  const month = groups.name === undefined ? number('month', 1) - 1 : MONTHS.indexOf(capitalised(groups.name));
  const add = (name: string) => (name === part ? step : 0);
  const day = number('day', 1);
  const nextYear = number('year', new Date(now).getUTCFullYear()) + add('year');
  const nextMonth = month + add('month') + add('name');
  // A month that is shorter ends with its last day.
  const lastDay = new Date(Date.UTC(nextYear, nextMonth + 1, 0)).getUTCDate();
  const stepped = new Date(
    Date.UTC(
      nextYear,
      nextMonth,
      Math.min(day, lastDay) + add('day'),
      hour + add('hour') + 12 * add('half'),
      number('minute', 0) + add('minute'),
      number('second', 0) + add('second'),
    ),
  );
  const hours = stepped.getUTCHours();
  const values: Record<string, number> = {
    year: stepped.getUTCFullYear(),
    month: stepped.getUTCMonth() + 1,
    day: stepped.getUTCDate(),
    hour: half ? hours % 12 || 12 : hours,
    minute: stepped.getUTCMinutes(),
    second: stepped.getUTCSeconds(),
  };
  const iso = /^\d{4}-/.test(match[0]);
  const spans = spansOf(match);
  const changes = spans.map(([name, span]) => {
    const before = text.slice(...span);
    if (name === 'name') return { span, by: MONTHS[stepped.getUTCMonth()] };
    if (name === 'half') {
      const by = hours < 12 ? 'am' : 'pm';
      return { span, by: before === before.toUpperCase() ? by.toUpperCase() : by };
    }
    // As many digits as there were where leading zeros are usual.
    const padded = iso || before.startsWith('0') || (!half && name === 'hour') || /minute|second/.test(name);
    return { span, by: String(values[name]).padStart(padded ? before.length : 1, '0') };
  });
  const at = spans.findIndex(([name]) => name === part);
  return replaced(text, changes, at);
}

function replaced(text: string, changes: readonly { span: Span; by: string }[], at: number): Stepped {
  const inOrder = changes.toSorted((a, b) => a.span[0] - b.span[0]);
  let result = '';
  let copied = 0;
  let place: Span = [0, 0];
  for (const change of inOrder) {
    const [from, to] = change.span;
    result += text.slice(copied, from);
    if (change === changes[at]) place = spanOf(result.length, change.by);
    result += change.by;
    copied = to;
  }
  return { text: result + text.slice(copied), start: place[0], end: place[1] };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).toLowerCase();
}
