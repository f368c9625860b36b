import { expect, test } from 'vitest';
import type { Zone } from '../../format/zone';
import { describeIn } from '../../testing/in-zone';
import { describeTimeRange, describeWhen } from './range-label';
import { absoluteRange, rangeMillis } from './time-range';
import { parseTypedRange } from './typed-range';

// A Saturday, 14:05 UTC: 09:05 in New York, 15:05 in Berlin, 19:50 in Kathmandu.
const NOW = Date.parse('2026-11-21T14:05:00Z');

function parse(text: string, zone: Zone = 'local', now = NOW) {
  const typed = parseTypedRange(text, now, zone);
  return 'range' in typed ? typed.range : typed.wrong;
}

// Ends as moments, to the minute: what is relative is said as it is.
function ends(text: string, zone: Zone = 'local', now = NOW): string {
  const typed = parseTypedRange(text, now, zone);
  if ('wrong' in typed) return typed.wrong;
  const short = (end: string) =>
    end.startsWith('now') ? end : new Date(/^\d+$/.test(end) ? Number(end) : end).toISOString().slice(0, 16);
  return `${short(typed.range.from)} ${short(typed.range.to)}`;
}

test.each([
  ['15m', 'now-15m', 'now'],
  ['  4H ', 'now-4h', 'now'],
  ['2 d', 'now-2d', 'now'],
  ['1w', 'now-1w', 'now'],
  ['3mo', 'now-3M', 'now'],
  ['3 months', 'now-3M', 'now'],
  ['15m ago', 'now-15m', 'now'],
  ['-15m', 'now-15m', 'now'],
  ['90 seconds', 'now-90s', 'now'],
  ['10 min', 'now-10m', 'now'],
  ['2hrs', 'now-2h', 'now'],
  ['1y', 'now-1y', 'now'],
  ['1h30m', 'now-90m', 'now'],
  ['1h 30m', 'now-90m', 'now'],
  ['1.5h', 'now-90m', 'now'],
  ['past 30m', 'now-30m', 'now'],
  ['past hour', 'now-1h', 'now'],
  ['last hour', 'now-1h', 'now'],
  ['Past week', 'now-1w', 'now'],
  ['past month', 'now-1M', 'now'],
  ['last 7 days', 'now-7d', 'now'],
  ['Past 15 minutes', 'now-15m', 'now'],
  ['3h ago to 1h ago', 'now-3h', 'now-1h'],
  ['3h ago until now', 'now-3h', 'now'],
  ['since 2h ago', 'now-2h', 'now'],
  ['from 2h ago to 1h ago', 'now-2h', 'now-1h'],
  ['now-2h', 'now-2h', 'now'],
  ['now - 2h', 'now-2h', 'now'],
  ['now-2M', 'now-2M', 'now'],
  ['now-2h to now-1h', 'now-2h', 'now-1h'],
  ['now-2h – now-1h', 'now-2h', 'now-1h'],
  ['1795269600', '1795269600000', 'now'],
  ['1795269600.25', '1795269600250', 'now'],
  ['1795269600123', '1795269600123', 'now'],
  ['1795269600123456', '1795269600123', 'now'],
  ['1795269600123456789', '1795269600123', 'now'],
  ['1795262400 to 1795266000', '1795262400000', '1795266000000'],
  ['1795262400-1795266000', '1795262400000', '1795266000000'],
  ['2026-11-21T13:00:00Z', '2026-11-21T13:00:00.000Z', 'now'],
  ['2026-11-21T13:00:00.5+01:00', '2026-11-21T12:00:00.500Z', 'now'],
  ['2026-11-21 13:00:00 +0100', '2026-11-21T12:00:00.000Z', 'now'],
  ['2026-11-21 13:00:00,123 UTC', '2026-11-21T13:00:00.123Z', 'now'],
  ['2026/11/21 13:00 Z', '2026-11-21T13:00:00.000Z', 'now'],
  ['2026-11-21T13:00:00Z - 2026-11-21T14:00:00Z', '2026-11-21T13:00:00.000Z', '2026-11-21T14:00:00.000Z'],
  ['2026-11-21T13:00:00Z..2026-11-21T14:00:00Z', '2026-11-21T13:00:00.000Z', '2026-11-21T14:00:00.000Z'],
  ['2026-11-21T08:00-05:00 to 2026-11-21T09:00-05:00', '2026-11-21T13:00:00.000Z', '2026-11-21T14:00:00.000Z'],
])('understands %j anywhere', (text, from, to) => {
  expect(parse(text)).toEqual({ from, to });
  expect(parse(text, 'utc')).toEqual({ from, to });
});

test.each([
  ['yesterdayish', '“yesterdayish” isn’t understood. Expected a length (15m, 2d)'],
  ['15', '“15” isn’t understood'],
  ['15x', '“15x” isn’t understood'],
  ['0m', '“0m” isn’t understood'],
  ['now+5m', 'isn’t understood'],
  ['now', 'That is a moment. Expected a length'],
  ['1h ago to 3h ago', 'It ends before it begins'],
  ['1h to 2h to 3h', 'isn’t understood'],
  ['13:00 to lunch', '“lunch” isn’t understood'],
  ['lunch - 13:00', '“lunch” isn’t understood'],
  ['2027-13-01', 'isn’t understood'],
  ['2026-02-30', 'isn’t understood'],
  ['Feb 30', 'isn’t understood'],
  ['Feb 29 2026', 'isn’t understood'],
  ['13/1', 'isn’t understood'],
  ['0/1', 'isn’t understood'],
  ['Novel 21', 'isn’t understood'],
  ['25:00', 'isn’t understood'],
  ['13:60', 'isn’t understood'],
  ['13pm', 'isn’t understood'],
  ['13', 'isn’t understood'],
  ['2030-01-01', 'That lies in the future'],
  ['Jan 1 2030 - Jan 2 2030', 'That lies in the future'],
  ['2030-01-01T00:00:00Z', 'That lies in the future'],
  ['1995269600', 'That lies in the future'],
  ['Nov 20 2026 - Nov 18 2026', 'It ends before it begins'],
  ['next week', 'isn’t understood'],
  ['999999y', 'between 1970 and now'],
  ['Jan 1 1800', 'between 1970 and now'],
  ['999999999y 999999y', 'isn’t understood'],
  ['<script>', 'isn’t understood'],
])('refuses %j and says why', (text, why) => {
  expect(parse(text)).toContain(why);
});

test('nothing typed is nothing understood', () => {
  expect(parse('  ')).toMatch(/^Expected/);
});

// Of each: what is typed, and both ends in UTC.
const IN_UTC: readonly [string, string, string][] = [
  ['today', '2026-11-21T00:00', 'now'],
  ['yesterday', '2026-11-20T00:00', '2026-11-21T00:00'],
  ['this week', '2026-11-16T00:00', 'now'],
  ['last week', '2026-11-09T00:00', '2026-11-16T00:00'],
  ['this month', '2026-11-01T00:00', 'now'],
  ['last month', '2026-10-01T00:00', '2026-11-01T00:00'],
  ['Previous Month', '2026-10-01T00:00', '2026-11-01T00:00'],
  ['this year', '2026-01-01T00:00', 'now'],
  ['last year', '2025-01-01T00:00', '2026-01-01T00:00'],
  ['last month to now', '2026-10-01T00:00', 'now'],
  ['yesterday to today', '2026-11-20T00:00', 'now'],
  ['Jan 1 - Jan 2', '2026-01-01T00:00', '2026-01-03T00:00'],
  ['jan 1 – jan 1', '2026-01-01T00:00', '2026-01-02T00:00'],
  ['January 1st to January 2nd', '2026-01-01T00:00', '2026-01-03T00:00'],
  ['1 Jan - 2 Jan', '2026-01-01T00:00', '2026-01-03T00:00'],
  ['1/1', '2026-01-01T00:00', '2026-01-02T00:00'],
  ['1/1-1/2', '2026-01-01T00:00', '2026-01-03T00:00'],
  ['1/1 - 1/2', '2026-01-01T00:00', '2026-01-03T00:00'],
  ['1/31/2025', '2025-01-31T00:00', '2025-02-01T00:00'],
  ['Nov 21', '2026-11-21T00:00', 'now'],
  ['Nov 19 - Nov 21', '2026-11-19T00:00', 'now'],
  ['Nov 22', '2025-11-22T00:00', '2025-11-23T00:00'],
  ['Dec 30 - Jan 2', '2025-12-30T00:00', '2026-01-03T00:00'],
  ['Feb 29', '2024-02-29T00:00', '2024-03-01T00:00'],
  ['Nov 3 2024', '2024-11-03T00:00', '2024-11-04T00:00'],
  ['Nov 3, 2024 10:00 - 11:00', '2024-11-03T10:00', '2024-11-03T11:00'],
  ['2026-11-20', '2026-11-20T00:00', '2026-11-21T00:00'],
  ['2026-11-18 to 2026-11-19', '2026-11-18T00:00', '2026-11-20T00:00'],
  ['2026-11-18..2026-11-19', '2026-11-18T00:00', '2026-11-20T00:00'],
  ['2026-11-20T10:00 to 2026-11-20T11:30', '2026-11-20T10:00', '2026-11-20T11:30'],
  ['2026-11-20 10:00 - 11:30', '2026-11-20T10:00', '2026-11-20T11:30'],
  ['Nov 21, 1:00 pm - 2:00 pm', '2026-11-21T13:00', '2026-11-21T14:00'],
  ['Nov 20, 1:00 pm - Nov 21, 2:00 am', '2026-11-20T13:00', '2026-11-21T02:00'],
  ['Nov 20 at 13:00 until 14:00', '2026-11-20T13:00', '2026-11-20T14:00'],
  ['11/20 13:00 - 14:00', '2026-11-20T13:00', '2026-11-20T14:00'],
  ['Nov 20, 22:00 - 02:00', '2026-11-20T22:00', '2026-11-21T02:00'],
  ['13:00', '2026-11-21T13:00', 'now'],
  ['at 13:00', '2026-11-21T13:00', 'now'],
  ['15:00', '2026-11-20T15:00', 'now'],
  ['13:00 - 14:00', '2026-11-21T13:00', '2026-11-21T14:00'],
  ['13:00-14:00', '2026-11-21T13:00', '2026-11-21T14:00'],
  ['13:00..14:00', '2026-11-21T13:00', '2026-11-21T14:00'],
  ['14:00 - 15:00', '2026-11-21T14:00', '2026-11-21T15:00'],
  ['15:00 - 16:00', '2026-11-20T15:00', '2026-11-20T16:00'],
  ['10:00 - 9:00', '2026-11-20T10:00', '2026-11-21T09:00'],
  ['22:00 - 02:00', '2026-11-20T22:00', '2026-11-21T02:00'],
  ['since 10:00', '2026-11-21T10:00', 'now'],
  ['since yesterday', '2026-11-20T00:00', 'now'],
  ['since Nov 18', '2026-11-18T00:00', 'now'],
  ['after 10am', '2026-11-21T10:00', 'now'],
  ['10am to now', '2026-11-21T10:00', 'now'],
  ['12 am to 12 pm', '2026-11-21T00:00', '2026-11-21T12:00'],
  ['10am to 1h ago', '2026-11-21T10:00', 'now-1h'],
  ['yesterday 10:00 to yesterday 11:00', '2026-11-20T10:00', '2026-11-20T11:00'],
  ['yesterday 10:00 - 11:00', '2026-11-20T10:00', '2026-11-20T11:00'],
  ['yesterday 23:00 to today 1:00', '2026-11-20T23:00', '2026-11-21T01:00'],
  ['from yesterday 10:00 to now', '2026-11-20T10:00', 'now'],
  ['now-3d to yesterday 10:00', 'now-3d', '2026-11-20T10:00'],
  ['now-3d to 10:00', 'now-3d', '2026-11-21T10:00'],
  ['2026-11-20T10:00:00Z to 11:00', '2026-11-20T10:00', '2026-11-20T11:00'],
];

test.each(IN_UTC)('understands %j in UTC', (text, from, to) => {
  expect(ends(text, 'utc')).toBe(`${from} ${to}`);
});

// The same wherever the computer stands, when its clock is what is shown.
describeIn('UTC', () => {
  test.each(IN_UTC)('understands %j as local time', (text, from, to) => {
    expect(ends(text)).toBe(`${from} ${to}`);
  });
});

describeIn('America/New_York', () => {
  test.each([
    ['today', '2026-11-21T05:00', 'now'],
    ['yesterday', '2026-11-20T05:00', '2026-11-21T05:00'],
    ['this week', '2026-11-16T05:00', 'now'],
    ['8:00', '2026-11-21T13:00', 'now'],
    ['10:00', '2026-11-20T15:00', 'now'],
    ['8:00 - 9:00', '2026-11-21T13:00', '2026-11-21T14:00'],
    ['8:00 - 9:00 EST', '2026-11-21T13:00', '2026-11-21T14:00'],
    ['8:00 - 9:00 UTC', '2026-11-21T08:00', '2026-11-21T09:00'],
    ['13:00 UTC', '2026-11-21T13:00', 'now'],
    ['2026-11-21 08:00', '2026-11-21T13:00', 'now'],
    ['2026-11-21 08:00Z', '2026-11-21T08:00', 'now'],
    // Clocks go back on November 1, 2026 and forward on March 8.
    ['Nov 1', '2026-11-01T04:00', '2026-11-02T05:00'],
    ['Mar 8', '2026-03-08T05:00', '2026-03-09T04:00'],
    ['this month', '2026-11-01T04:00', 'now'],
    ['last month', '2026-10-01T04:00', '2026-11-01T04:00'],
    ['Mar 8 1:00 - 4:00', '2026-03-08T06:00', '2026-03-08T08:00'],
    // What there is no such hour of is an hour later; of two the first is meant.
    ['Mar 8 2:30 - 5:00', '2026-03-08T07:30', '2026-03-08T09:00'],
    ['Nov 1 1:30 - 3:00', '2026-11-01T05:30', '2026-11-01T08:00'],
    ['Nov 1 1:30 UTC-05:00 - 3:00', '2026-11-01T06:30', '2026-11-01T08:00'],
    ['Jul 4, 1 pm - 2 pm', '2026-07-04T17:00', '2026-07-04T18:00'],
    ['Jul 4, 1 pm - 2 pm EDT', '2026-07-04T17:00', '2026-07-04T18:00'],
  ])('understands %j', (text, from, to) => {
    expect(ends(text)).toBe(`${from} ${to}`);
  });

  test('yesterday is the day before, also when today has 25 hours', () => {
    const later = Date.parse('2026-11-02T04:30:00Z');
    expect(ends('today', 'local', later)).toBe('2026-11-01T04:00 now');
    expect(ends('yesterday 23:00 - today 1:00', 'local', later)).toBe('2026-11-01T03:00 2026-11-01T05:00');
  });
});

describeIn('Asia/Kathmandu', () => {
  test.each([
    ['today', '2026-11-20T18:15', 'now'],
    ['19:00 - 19:30', '2026-11-21T13:15', '2026-11-21T13:45'],
    ['8 pm', '2026-11-20T14:15', 'now'],
    ['19:00 - 19:30 UTC+05:45', '2026-11-21T13:15', '2026-11-21T13:45'],
  ])('understands %j', (text, from, to) => {
    expect(ends(text)).toBe(`${from} ${to}`);
  });
});

test('shortly after midnight, times of the evening are those of yesterday', () => {
  const now = Date.parse('2026-11-21T00:30:00Z');
  expect(ends('23:50', 'utc', now)).toBe('2026-11-20T23:50 now');
  expect(ends('22:00 - 02:00', 'utc', now)).toBe('2026-11-20T22:00 2026-11-21T02:00');
});

test('nothing that is understood begins in the future or ends before it begins', () => {
  const sides = [
    'now',
    '15m',
    '10:00',
    '11pm',
    'Nov 21',
    '1/1',
    'today',
    'yesterday',
    'last week',
    '2026-11-20',
    '2d ago',
  ];
  let understood = 0;
  for (const hour of [0, 5, 12, 18, 23]) {
    const now = Date.parse(`2026-11-21T${String(hour).padStart(2, '0')}:20:00Z`);
    for (const first of sides) {
      for (const second of sides) {
        const typed = parseTypedRange(`${first} to ${second}`, now, 'utc');
        if ('wrong' in typed) continue;
        understood++;
        const { from, to } = rangeMillis(typed.range, now) ?? { from: now, to: now };
        expect(from, `${first} to ${second}`).toBeLessThan(now);
        expect(to, `${first} to ${second}`).toBeGreaterThan(from);
      }
    }
  }
  expect(understood).toBeGreaterThan(200);
});

test('whatever is typed, there is an answer, and a range can be told', () => {
  const parts = [
    'now',
    '-',
    ' ',
    ' to ',
    '–',
    '1',
    '31',
    '2026',
    '13:00',
    '25:99',
    'am',
    'Nov',
    'Feb 29',
    '/',
    '999999',
    'y',
    'M',
    'w',
    'h',
  ];
  parts.push(
    'ago',
    'since ',
    'last ',
    'week',
    'today',
    'yesterday',
    'Z',
    ' UTC',
    '+14:00',
    '1795269600',
    ':',
    '.',
    ',',
    'T',
    '\u0000',
    '💥',
  );
  let state = 3;
  let understood = 0;
  for (let i = 0; i < 20_000; i++) {
    let text = '';
    do {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      text += parts[(state >>> 8) % parts.length];
    } while ((state >>> 16) % 4 > 0 && text.length < 60);
    const typed = parseTypedRange(text, NOW, i % 2 === 0 ? 'utc' : 'local');
    if ('wrong' in typed) {
      if (!/\.$/.test(typed.wrong)) throw new Error(`${text}: ${typed.wrong}`);
      continue;
    }
    understood++;
    expect(describeWhen(typed.range, 'local', NOW), text).toContain(' – ');
    expect(describeTimeRange(typed.range, 'utc', NOW), text).not.toContain('NaN');
    expect(absoluteRange(typed.range, NOW).from, text).toMatch(/Z$/);
  }
  expect(understood).toBeGreaterThan(500);
});
