import { expect, test } from 'vitest';
import { axisMarks, histogram, placeOnAxis } from './histogram';

const MS = 1e6;
const count = (ms: number, ok: number, error = 0) => ({ duration_ns: ms * MS, ok, error });

test('every request is in one bar, and in the one of its duration', () => {
  const counts = Array.from({ length: 400 }, (_, i) => count(1.02 ** i, i % 7, i % 3));
  for (const most of [10, 40, 80]) {
    const bars = histogram(counts, most);
    expect(bars.length).toBeLessThanOrEqual(most);
    const sum = (key: 'ok' | 'error', of: readonly { ok: number; error: number }[]) =>
      of.reduce((all, each) => all + each[key], 0);
    expect(sum('ok', bars)).toBe(sum('ok', counts));
    expect(sum('error', bars)).toBe(sum('error', counts));
    for (const bar of bars) {
      const inside = counts.filter(
        ({ duration_ns: ns }) => ns >= bar.fromNs * (1 - 1e-9) && ns < bar.toNs * (1 - 1e-9),
      );
      expect(bar.ok).toBe(sum('ok', inside));
    }
  }
});

test('bars stand side by side, without a gap', () => {
  const bars = histogram([count(1, 1), count(900, 2)], 60);
  for (let i = 1; i < bars.length; i++) expect(bars[i].fromNs).toBeCloseTo(bars[i - 1].toNs, 3);
});

test('one duration is one bar; none, and zero alone, are none', () => {
  expect(histogram([count(5, 3, 1)], 60)).toHaveLength(1);
  expect(histogram([], 60)).toEqual([]);
  expect(histogram([{ duration_ns: 0, ok: 4, error: 0 }], 60)).toEqual([]);
});

test('durations from a nanosecond to years have a few bars all the same', () => {
  const bars = histogram(
    [
      { duration_ns: 1, ok: 1, error: 0 },
      { duration_ns: 9e18, ok: 1, error: 0 },
    ],
    20,
  );
  expect(bars.length).toBeLessThanOrEqual(20);
  expect(axisMarks(bars).length).toBeLessThan(24);
});

test('places and marks are by the logarithm', () => {
  const bars = histogram([count(1, 1), count(99.9, 1)], 20);
  expect(placeOnAxis(bars, 10 * MS)).toBeCloseTo(0.5, 2);
  expect(placeOnAxis(bars, 1)).toBe(0);
  expect(placeOnAxis(bars, 1e12)).toBe(1);
  expect(axisMarks(bars).map((ns) => Math.round((ns / MS) * 10) / 10)).toEqual([1, 2, 5, 10, 20, 50, 100]);
});
