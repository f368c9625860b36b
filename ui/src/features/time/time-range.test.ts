import { describe, expect, test } from 'vitest';
import {
  absoluteRange,
  describeTimeRange,
  endMillis,
  parseTimeRange,
  previousRange,
  refreshMillis,
  widerRange,
} from './time-range';

const NOW = Date.parse('2026-11-21T14:05:00Z');

test.each([
  ['15m', 'now-15m', 'now'],
  ['  4H ', 'now-4h', 'now'],
  ['2 d', 'now-2d', 'now'],
  ['past 30m', 'now-30m', 'now'],
  ['3h ago to 1h ago', 'now-3h', 'now-1h'],
  ['now-2h', 'now-2h', 'now'],
  ['now-2h to now-1h', 'now-2h', 'now-1h'],
  ['1795269600', '1795269600000', 'now'],
  ['1795269600123', '1795269600123', 'now'],
  ['1795269600123456789', '1795269600123', 'now'],
  ['2026-11-21T13:00:00Z', '2026-11-21T13:00:00.000Z', 'now'],
  ['2026-11-21T13:00:00Z - 2026-11-21T14:00:00Z', '2026-11-21T13:00:00.000Z', '2026-11-21T14:00:00.000Z'],
])('understands %j', (text, from, to) => {
  expect(parseTimeRange(text, NOW)).toEqual({ from, to });
});

test.each(['', 'yesterdayish', '15', '15x', 'now+5m', '1h ago to 3h ago', '1h to 2h to 3h', '2027-13-01'])(
  'refuses %j',
  (text) => {
    expect(parseTimeRange(text, NOW)).toBeNull();
  },
);

test('ends in the URL are what the API takes', () => {
  expect(endMillis('now', NOW)).toBe(NOW);
  expect(endMillis('now-90s', NOW)).toBe(NOW - 90_000);
  expect(endMillis('2026-11-21T14:00:00Z', NOW)).toBe(NOW - 300_000);
  expect(endMillis('1795269600000', NOW)).toBe(1795269600000);
  expect(endMillis('<script>', NOW)).toBeNull();
});

describe('ranges', () => {
  test('have names', () => {
    expect(describeTimeRange({ from: 'now-1h', to: 'now' })).toBe('Past hour');
    expect(describeTimeRange({ from: 'now-7m', to: 'now' })).toBe('Past 7m');
    expect(describeTimeRange({ from: 'now-3h', to: 'now-1h' })).toBe('now-3h – now-1h');
  });

  test('become fixed for links', () => {
    expect(absoluteRange({ from: 'now-1h', to: 'now' }, NOW)).toEqual({
      from: '2026-11-21T13:05:00.000Z',
      to: '2026-11-21T14:05:00.000Z',
    });
  });

  test('widen step by step', () => {
    expect(widerRange({ from: 'now-5m', to: 'now' })?.range.from).toBe('now-15m');
    expect(widerRange({ from: 'now-20m', to: 'now' })?.range.from).toBe('now-1h');
    expect(widerRange({ from: 'now-1d', to: 'now' })).toBeNull();
  });

  test('refresh the slower the longer they are, and not at all when fixed', () => {
    expect(refreshMillis({ from: 'now-1h', to: 'now' })).toBe(10_000);
    expect(refreshMillis({ from: 'now-4h', to: 'now' })).toBe(30_000);
    expect(refreshMillis({ from: 'now-1d', to: 'now' })).toBe(60_000);
    expect(refreshMillis({ from: 'now-2d', to: 'now' })).toBeNull();
    expect(refreshMillis({ from: '2026-11-21T13:00:00Z', to: 'now' })).toBeNull();
  });
});

test('the equal time before slides where the range does', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  expect(previousRange({ from: 'now-1h', to: 'now' }, now)).toEqual({ from: 'now-2h', to: 'now-1h' });
  expect(previousRange({ from: 'now-15m', to: 'now' }, now)).toEqual({ from: 'now-30m', to: 'now-15m' });
  expect(previousRange({ from: '2026-11-21T09:00:00Z', to: '2026-11-21T10:30:00Z' }, now)).toEqual({
    from: '2026-11-21T07:30:00.000Z',
    to: '2026-11-21T09:00:00.000Z',
  });
  expect(previousRange({ from: '2026-11-21T09:00:00Z', to: 'now' }, now)).toEqual({
    from: '2026-11-21T06:00:00.000Z',
    to: '2026-11-21T09:00:00.000Z',
  });
});
