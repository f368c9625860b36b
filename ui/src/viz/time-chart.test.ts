import { expect, test, vi } from 'vitest';
import { highest, lonePoints, stacked } from './time-chart';

// Asked when it is loaded, and of no use without a canvas.
vi.mock('uplot', () => ({ default: class {} }));

const line = (...values: (number | null)[]) => ({ label: '', color: '', values });

test('bars stand on those before them', () => {
  expect(stacked([line(1, 2, null), line(3, null, null)])).toEqual([
    [1, 2, null],
    [4, 2, null],
  ]);
});

test('the axis has room for the highest line, or the highest stack', () => {
  const lines = [line(1, 5), line(3, 2)];
  expect(highest({ shape: 'lines', lines })).toBe(5);
  expect(highest({ shape: 'bars', lines })).toBe(7);
  expect(highest({ shape: 'lines', lines: [line(null)] })).toBe(0);
});

test('points without a neighbour are found, at the ends too', () => {
  expect(lonePoints([1, null, 2, 3, null, 4])).toEqual([0, 5]);
  expect(lonePoints([7])).toEqual([0]);
  expect(lonePoints([null, null])).toEqual([]);
});
