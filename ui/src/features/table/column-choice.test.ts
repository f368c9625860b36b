import { expect, test } from 'vitest';
import { areUsual, columnsText, shownColumns, toggled } from './column-choice';

const ALL = [
  { name: 'name', label: 'Name' },
  { name: 'requests', label: 'Requests' },
  { name: 'p50', label: 'p50', optional: true },
  { name: 'errors', label: 'Errors' },
];

test('the address goes before what was chosen here, and that before what is usual', () => {
  expect(shownColumns(ALL, undefined, null)).toEqual(['requests', 'errors']);
  expect(shownColumns(ALL, undefined, ['p50'])).toEqual(['p50']);
  expect(shownColumns(ALL, 'errors,p50', ['requests'])).toEqual(['p50', 'errors']);
  expect(shownColumns(ALL, 'name', ['requests'])).toEqual([]);
});

test('a column that there is no more is left out of what was chosen', () => {
  expect(shownColumns(ALL, undefined, ['mood', 'p50', 'p50'])).toEqual(['p50']);
});

test('columns come and go in their places', () => {
  expect(toggled(ALL, ['requests', 'errors'], 'p50')).toEqual(['requests', 'p50', 'errors']);
  expect(toggled(ALL, ['errors'], 'errors')).toEqual([]);
});

test('what is shown survives its way through the address', () => {
  for (const shown of [[], ['p50'], ['requests', 'p50', 'errors']])
    expect(shownColumns(ALL, columnsText(ALL, shown), ['requests'])).toEqual(shown);
  expect(areUsual(ALL, ['requests', 'errors'])).toBe(true);
  expect(areUsual(ALL, ['requests'])).toBe(false);
});
