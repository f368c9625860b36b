import { describe, expect, test } from 'vitest';
import { topRowFor, windowOfRows } from './row-window';

describe('the rows that exist', () => {
  test('are those on screen and some around them', () => {
    expect(windowOfRows(1_000, 100, 25, 0)).toEqual({ first: 94, end: 131 });
    expect(windowOfRows(1_000, 0, 25, 0)).toEqual({ first: 0, end: 31 });
    expect(windowOfRows(1_000, 980, 25, 0)).toEqual({ first: 974, end: 1_000 });
    expect(windowOfRows(3, 0, 25, 0)).toEqual({ first: 0, end: 3 });
    expect(windowOfRows(0, 0, 25, 0)).toEqual({ first: 0, end: 0 });
  });

  test('are there a frame before scrolling on as fast shows them', () => {
    for (const moved of [2, 5, 20, 32]) {
      const { end } = windowOfRows(10_000, 500, 25, moved);
      expect(end).toBeGreaterThanOrEqual(500 + 25 + moved);
      const { first } = windowOfRows(10_000, 500, 25, -moved);
      expect(first).toBeLessThanOrEqual(500 - moved);
    }
  });

  test('are no more at a jump', () => {
    const { first, end } = windowOfRows(10_000, 500, 25, 4_000);
    expect(end - first).toBeLessThan(40);
  });
});

test('a row comes on screen by the shortest way, or to the middle', () => {
  expect(topRowFor(50, 40, 20, 'auto')).toBe(40);
  expect(topRowFor(30, 40, 20, 'auto')).toBe(30);
  expect(topRowFor(70, 40, 20, 'auto')).toBe(51);
  expect(topRowFor(50, 0, 21, 'center')).toBe(40);
  expect(topRowFor(2, 40, 21, 'center')).toBe(0);
});
