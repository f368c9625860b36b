import { expect, test } from 'vitest';
import { rowWindow } from './use-row-window';

test('a window has the rows on screen and some around them', () => {
  expect(rowWindow(0, 360, 36)).toEqual({ first: 0, end: 24 });
  expect(rowWindow(3_600, 360, 36)).toEqual({ first: 84, end: 126 });
});

test('a table further down begins when it comes near', () => {
  expect(rowWindow(-10_000, 360, 36)).toEqual({ first: 0, end: 12 });
  expect(rowWindow(-180, 360, 36)).toEqual({ first: 0, end: 18 });
});
