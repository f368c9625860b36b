import { describe, expect, test } from 'vitest';
import { sparkFacts, sparkShape } from './sparkline';

// Ten pixels high and wide, two of them margin on each side: values go from 8 (bottom) to 2 (top).
const shape = (values: (number | null)[], partialLast = false) => sparkShape(values, 10, 10, partialLast);

describe('the shape', () => {
  test('begins at zero and reaches the top with the largest value', () => {
    expect(shape([0, 5, 10]).line).toBe('M2 8L5 5L8 2');
    expect(shape([10, 10, 10]).line).toBe('M2 2L5 2L8 2');
  });

  test('of nothing but zeros lies at the bottom', () => {
    expect(shape([0, 0, 0])).toEqual({
      line: 'M2 8L5 8L8 8',
      area: 'M2 8L2 8L5 8L8 8V8Z',
      dots: '',
      partial: '',
      end: { x: 8, y: 8 },
    });
  });

  test('has gaps where nothing is known, and dots for lonely values', () => {
    expect(shape([1, null, 1, 1])).toMatchObject({ line: 'M6 2L8 2', dots: 'M2 2h0' });
    expect(shape([1, null, 1, 1]).area).toBe('M6 8L6 2L8 2V8Z');
    expect(shape([1, 1, null]).end).toBeNull();
  });

  test('sets a last point apart that is not over yet', () => {
    expect(shape([10, 10, 5], true)).toMatchObject({ line: 'M2 2L5 2', partial: 'M5 2L8 5', end: { x: 8, y: 5 } });
    expect(shape([10, null, 5], true)).toMatchObject({ dots: 'M2 2h0', partial: '', end: { x: 8, y: 5 } });
  });

  test('of nothing is nothing', () => {
    expect(shape([])).toEqual({ line: '', dots: '', area: '', partial: '', end: null });
    expect(shape([null, null])).toEqual({ line: '', dots: '', area: '', partial: '', end: null });
    expect(shape([3])).toMatchObject({ line: '', dots: 'M2 2h0' });
  });
});

test('the facts leave out what is not known and what is not over', () => {
  expect(sparkFacts([4, null, 2, 9], false)).toEqual({ last: 9, min: 2, max: 9 });
  expect(sparkFacts([4, null, 2, 9], true)).toEqual({ last: 2, min: 2, max: 4 });
  expect(sparkFacts([null, 9], true)).toBeNull();
});
