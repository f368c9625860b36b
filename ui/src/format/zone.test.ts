import { describe, expect, test } from 'vitest';
import { describeIn } from '../testing/in-zone';
import { formatRelativeTime } from './relative-time';
import { formatClock, formatIso, formatTime, formatTimeAxis } from './time';
import { calendarTime, formatOffset, millisAt, startOfDay, zoneName } from './zone';

const SUMMER = Date.parse('2026-07-04T16:30:00Z');
const WINTER = Date.parse('2026-11-21T14:05:00Z');
const HOUR = 3_600_000;

test.each([
  ['UTC', 'UTC', 'UTC'],
  ['America/New_York', 'EDT', 'EST'],
  ['Europe/Berlin', 'CEST', 'CET'],
  ['Europe/London', 'BST', 'GMT'],
])('the zone of %s is %s in summer and %s in winter', (place, summer, winter) => {
  const before = process.env.TZ;
  process.env.TZ = place;
  expect([zoneName(SUMMER, 'local'), zoneName(WINTER, 'local'), zoneName(SUMMER, 'utc')]).toEqual([
    summer,
    winter,
    'UTC',
  ]);
  process.env.TZ = before;
});

describeIn('Asia/Kathmandu', () => {
  test('a zone without a name of its own is told by its distance', () => {
    expect(zoneName(WINTER, 'local')).toBe('UTC+05:45');
  });

  test('all texts are in the zone that is asked for', () => {
    expect(formatTime(WINTER, WINTER, 'local')).toBe('19:50:00.000');
    expect(formatTime(WINTER, WINTER, 'utc')).toBe('14:05:00.000');
    expect(formatClock(WINTER, 'utc')).toBe('14:05');
    expect(formatIso(`${WINTER}000000`, 'local')).toBe('2026-11-21T19:50:00.000000000+05:45');
    expect(formatIso(`${WINTER}000000`, 'utc')).toBe('2026-11-21T14:05:00.000000000Z');
    const marks = [17, 18, 19].map((hour) => Date.parse(`2026-11-21T${hour}:15:00Z`));
    expect(formatTimeAxis(marks, 'local')).toEqual(['23:00', 'Nov 22', '01:00']);
    expect(formatTimeAxis(marks, 'utc')).toEqual(['17:15', '18:15', '19:15']);
  });
});

describeIn('America/New_York', () => {
  test('days begin at their midnight, however long they are', () => {
    const noon = Date.parse('2026-11-01T17:00:00Z');
    expect(startOfDay(noon, 'local')).toBe(Date.parse('2026-11-01T04:00:00Z'));
    expect(startOfDay(noon, 'local', 1) - startOfDay(noon, 'local')).toBe(25 * HOUR);
    expect(startOfDay(noon, 'utc', -1)).toBe(Date.parse('2026-10-31T00:00:00Z'));
  });

  test('yesterday is the calendar’s', () => {
    const now = Date.parse('2026-11-02T15:00:00Z');
    expect(formatRelativeTime(Date.parse('2026-11-01T04:10:00Z'), now, 'local')).toBe('yesterday 00:10');
    expect(formatRelativeTime(Date.parse('2026-11-01T03:50:00Z'), now, 'local')).toBe('Oct 31 23:50:00.000');
    expect(formatRelativeTime(Date.parse('2026-11-01T00:10:00Z'), now, 'utc')).toBe('yesterday 00:10');
  });
});

describe('calendar times', () => {
  test('are put together from what they were taken apart into', () => {
    for (const zone of ['local', 'utc'] as const) {
      const { year, month, day, hour, minute, second, millisecond } = calendarTime(WINTER + 5_123, zone);
      expect(millisAt(zone, year, month, day, hour, minute, second, millisecond)).toBe(WINTER + 5_123);
    }
  });

  test('offsets are told as ISO does', () => {
    expect([0, 60, -300, 345].map(formatOffset)).toEqual(['Z', '+01:00', '-05:00', '+05:45']);
  });
});
