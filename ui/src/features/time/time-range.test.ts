import { describe, expect, test } from 'vitest';
import { describeIn } from '../../testing/in-zone';
import { SearchReader } from '../search-params';
import {
  absoluteRange,
  endMillis,
  isSliding,
  kindOf,
  PRESETS,
  previousRange,
  readRange,
  refreshMillis,
  type TimeRange,
  widerRange,
} from './time-range';

const NOW = Date.parse('2026-11-21T14:05:00Z');
const HOUR = 3_600_000;

// Far from UTC: the API knows no zone of ours.
describeIn('Asia/Kathmandu', () => {
  test.each([
    ['now', NOW],
    ['now-90s', NOW - 90_000],
    ['now-1w', NOW - 7 * 24 * HOUR],
    ['now-1M', NOW - 30 * 24 * HOUR],
    ['now-1y', NOW - 365 * 24 * HOUR],
    ['2026-11-21T14:00:00Z', NOW - 300_000],
    ['2026-11-21T14:00:00', NOW - 300_000],
    ['2026-11-21 14:00', NOW - 300_000],
    ['2026-11-21T14:00:00.000000001Z', NOW - 300_000],
    ['2026-11-21T15:00:00+01:00', NOW - 300_000],
    ['2026-11-21T15:00:00+0100', NOW - 300_000],
    ['2026-11-21', NOW - 14 * HOUR - 300_000],
    ['1795269600000', 1_795_269_600_000],
  ])('%s means what it means to the API', (end, millis) => {
    expect(endMillis(end, NOW)).toBe(millis);
  });

  test.each([
    '<script>',
    'now-99y',
    '1969-12-31',
    '2300-01-01',
    '',
    'now-',
    'now-5',
    'now-5x',
    'now+1h',
    'noon',
    '2026-13-01',
    '2026-02-30',
    '2026-11-21T24:00',
    '2026-11-21 (or so)',
  ])('%j is no end', (end) => {
    expect(endMillis(end, NOW)).toBeNull();
  });
});

describe('the range in an address', () => {
  const read = (raw: Partial<TimeRange>) => {
    const reader = new SearchReader(raw, ['from', 'to']);
    return { search: readRange(reader), misunderstood: reader.misunderstood };
  };

  test('stays as it was written', () => {
    const iso = { from: '2026-11-21T13:00:00.123456789+01:00', to: '2026-11-21T14:00' };
    expect(read(iso)).toEqual({ search: iso, misunderstood: [] });
    expect(read({ from: 'now-1M' })).toEqual({ search: { from: 'now-1M' }, misunderstood: [] });
  });

  test('is the default where it means nothing, and says so', () => {
    expect(read({ from: 'soon' })).toEqual({ search: {}, misunderstood: ['from'] });
    expect(read({ from: '2026-11-21T13:00:00Z', to: 'whenever' })).toEqual({
      search: { from: '2026-11-21T13:00:00Z' },
      misunderstood: ['to'],
    });
    expect(read({ from: 'now-1h', to: 'now-2h' })).toEqual({ search: {}, misunderstood: ['to'] });
    expect(read({ from: '2026-11-21T13:00:00Z', to: '2026-11-21T12:00:00Z' })).toEqual({
      search: {},
      misunderstood: ['from', 'to'],
    });
  });
});

describe('ranges', () => {
  test('are of three kinds', () => {
    expect(kindOf({ from: 'now-1h', to: 'now' })).toBe('sliding');
    expect(kindOf({ from: 'now-2h', to: 'now-1h' })).toBe('sliding');
    expect(kindOf({ from: '2026-11-21T13:00:00Z', to: 'now' })).toBe('growing');
    expect(kindOf({ from: '2026-11-21T13:00:00Z', to: 'now-5m' })).toBe('growing');
    expect(kindOf({ from: '1795269600000', to: '2026-11-21T14:00:00Z' })).toBe('fixed');
    expect(isSliding({ from: 'now-2h', to: 'now-1h' })).toBe(false);
  });

  test('become fixed for links', () => {
    expect(absoluteRange({ from: 'now-1h', to: 'now' }, NOW)).toEqual({
      from: '2026-11-21T13:05:00.000Z',
      to: '2026-11-21T14:05:00.000Z',
    });
  });

  test('widen step by step', () => {
    expect(widerRange({ from: 'now-5m', to: 'now' })?.range.from).toBe('now-15m');
    expect(widerRange({ from: 'now-20m', to: 'now' })?.range.from).toBe('now-30m');
    expect(widerRange({ from: 'now-1d', to: 'now' })?.range.from).toBe('now-2d');
    expect(widerRange({ from: 'now-1M', to: 'now' })).toBeNull();
  });

  test('refresh the slower the longer they are, and not at all when fixed', () => {
    expect(refreshMillis({ from: 'now-1h', to: 'now' })).toBe(10_000);
    expect(refreshMillis({ from: 'now-4h', to: 'now' })).toBe(30_000);
    expect(refreshMillis({ from: 'now-1d', to: 'now' })).toBe(60_000);
    expect(refreshMillis({ from: 'now-2d', to: 'now' })).toBeNull();
    expect(refreshMillis({ from: 'now-2h', to: 'now-1h' })).toBe(10_000);
    expect(refreshMillis({ from: '2026-11-21T13:00:00Z', to: '2026-11-21T14:00:00Z' }, NOW)).toBeNull();
  });

  test('that grow refresh as sliding ones of their length do', () => {
    const since = (hours: number) => ({ from: new Date(NOW - hours * HOUR).toISOString(), to: 'now' });
    for (const hours of [0.1, 1, 1.01, 4, 4.01, 24, 24.01])
      expect(refreshMillis(since(hours), NOW)).toBe(
        refreshMillis({ from: `now-${Math.round(hours * 3600)}s`, to: 'now' }, NOW),
      );
    expect(refreshMillis(since(1), NOW + HOUR)).toBe(30_000);
  });

  test('have the presets that people know', () => {
    const typed = PRESETS.map(({ range }) => range.from.slice('now-'.length));
    expect(typed).toEqual(['5m', '15m', '30m', '1h', '4h', '1d', '2d', '1w', '1M']);
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
