import { expect, test } from 'vitest';
import { ago, shiftRange, zoomIn, zoomOut } from './move-range';
import { PRESETS, rangeMillis, type TimeRange } from './time-range';

const NOW = Date.parse('2026-11-21T14:00:00Z');
const MINUTE = 60_000;
const HOUR_TO_NOW: TimeRange = { from: 'now-1h', to: 'now' };
const fixed = (from: string, to: string) => ({
  from: `2026-11-${from}:00.000Z`,
  to: `2026-11-${to}:00.000Z`,
});

test('the window before what slides stays what it was', () => {
  expect(shiftRange(HOUR_TO_NOW, -1, NOW)).toEqual(fixed('21T12:00', '21T13:00'));
  expect(shiftRange({ from: '2026-11-21T10:00:00Z', to: 'now' }, -1, NOW)).toEqual(fixed('21T06:00', '21T10:00'));
});

test('a fixed window goes on by its length', () => {
  expect(shiftRange(fixed('20T10:00', '20T10:30'), -1, NOW)).toEqual(fixed('20T09:30', '20T10:00'));
  expect(shiftRange(fixed('20T10:00', '20T10:30'), 1, NOW)).toEqual(fixed('20T10:30', '20T11:00'));
});

test('nothing goes beyond now: what gets there slides again', () => {
  expect(shiftRange(HOUR_TO_NOW, 1, NOW)).toBeNull();
  expect(shiftRange(fixed('21T12:30', '21T13:30'), 1, NOW)).toEqual(HOUR_TO_NOW);
  expect(shiftRange(fixed('21T13:00', '21T15:00'), 1, NOW)).toBeNull();
  const before = shiftRange(HOUR_TO_NOW, -1, NOW) as TimeRange;
  expect(shiftRange(before, 1, NOW + 2 * MINUTE)).toEqual(HOUR_TO_NOW);
  expect(shiftRange(before, 1, NOW + 10 * MINUTE)).toEqual(fixed('21T13:00', '21T14:00'));
});

test('zooming out doubles, around the middle or back from now', () => {
  expect(zoomOut(HOUR_TO_NOW, NOW)).toEqual({ from: 'now-2h', to: 'now' });
  expect(zoomOut({ from: 'now-2h', to: 'now-1h' }, NOW)).toEqual({ from: 'now-3h', to: 'now-1h' });
  expect(zoomOut({ from: '2026-11-21T13:00:00Z', to: 'now' }, NOW)).toEqual({
    from: '2026-11-21T12:00:00.000Z',
    to: 'now',
  });
  expect(zoomOut(fixed('20T10:00', '20T11:00'), NOW)).toEqual(fixed('20T09:30', '20T11:30'));
  expect(zoomOut(fixed('21T12:50', '21T13:50'), NOW)).toEqual(fixed('21T12:00', '21T14:00'));
  expect(zoomOut({ from: 'now-1y', to: 'now' }, NOW)).toBeNull();
});

test('zooming in halves, down to a minute', () => {
  expect(zoomIn(HOUR_TO_NOW, NOW)).toEqual({ from: 'now-30m', to: 'now' });
  expect(zoomIn({ from: 'now-2h', to: 'now-1h' }, NOW)).toEqual({ from: 'now-90m', to: 'now-1h' });
  expect(zoomIn({ from: '2026-11-21T12:00:00Z', to: 'now' }, NOW)).toEqual({
    from: '2026-11-21T13:00:00.000Z',
    to: 'now',
  });
  expect(zoomIn(fixed('20T10:00', '20T11:00'), NOW)).toEqual(fixed('20T10:15', '20T10:45'));
  expect(zoomIn({ from: 'now-90s', to: 'now' }, NOW)).toBeNull();
});

test('in and out again is where it was', () => {
  const ranges = [...PRESETS.map(({ range }) => range), fixed('20T10:00', '20T11:00'), fixed('01T00:00', '02T07:20')];
  for (const range of ranges) {
    const out = zoomOut(range, NOW) as TimeRange;
    expect(rangeMillis(zoomIn(out, NOW) as TimeRange, NOW)).toEqual(rangeMillis(range, NOW));
  }
});

test('whatever is pressed, the range is in order and not beyond now', () => {
  let range: TimeRange = HOUR_TO_NOW;
  let now = NOW;
  let state = 1;
  for (let i = 0; i < 2_000; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    now += state % 90_000;
    const moves = [
      () => shiftRange(range, -1, now),
      () => shiftRange(range, 1, now),
      () => zoomOut(range, now),
      () => zoomIn(range, now),
    ];
    range = moves[(state >>> 16) % 4]() ?? range;
    const millis = rangeMillis(range, now);
    if (!millis) throw new Error(JSON.stringify(range));
    expect(millis.to).toBeLessThanOrEqual(now);
  }
});

test('a length is said in the largest unit that fits', () => {
  expect(ago(90 * MINUTE)).toBe('now-90m');
  expect(ago(14 * 24 * 60 * MINUTE)).toBe('now-2w');
  expect(ago(1_499)).toBe('now-1s');
  expect(ago(366 * 24 * 60 * MINUTE + 1_234)).toBe('now-366d');
});
