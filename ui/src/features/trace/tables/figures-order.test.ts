import { expect, test } from 'vitest';
import * as scenarios from '../../../../dev/scenarios.mjs';
import { modelFor } from '../../../testing/traces';
import { figuresBy } from '../../../viz/span-statistics';
import { formatSort } from '../../table/table-sort';
import { nameIn } from '../span-text';
import { STATISTICS_COLUMNS } from './figures-columns';
import { sortAfterClick, sortFigures, sortOf } from './figures-order';

const DEFAULT = { key: 'self', descending: true };
const read = (text: string | undefined) => sortOf(text, STATISTICS_COLUMNS, DEFAULT);

test('an order is read as it is written, what is not known is the default', () => {
  for (const text of ['name', '-name', 'max', '-max']) expect(formatSort(read(text))).toBe(text);
  for (const text of [undefined, '', 'exec', '--max', 'MAX']) expect(read(text)).toBe(DEFAULT);
});

test('clicks go from the useful direction to the other, and back to the default', () => {
  const clicks = (column: string, from: string | undefined) => {
    const next = sortAfterClick(column, read(from), DEFAULT);
    return next && formatSort(next);
  };
  expect(clicks('max', undefined)).toBe('-max');
  expect(clicks('max', '-max')).toBe('max');
  expect(clicks('max', 'max')).toBeNull();
  expect(clicks('name', undefined)).toBe('name');
  expect(clicks('name', 'name')).toBe('-name');
  expect(clicks('name', '-name')).toBeNull();
  expect(clicks('self', undefined)).toBe('self');
  expect(clicks('self', 'self')).toBeNull();
});

test('rows are in the order of their figures, or of their names', () => {
  const model = modelFor((b) => scenarios.checkout(b, { items: 20, declined: true }));
  const nameOf = (figures: { sample: number }) => nameIn(model, 'service', figures.sample);
  const sorted = (text: string) => sortFigures(figuresBy(model, ['service']), read(text), STATISTICS_COLUMNS, nameOf);
  const totals = sorted('-total').map((figures) => figures.totalNs);
  expect(totals).toEqual(totals.toSorted((a, b) => b - a));
  expect(sorted('name').map(nameOf)).toEqual(sorted('-name').map(nameOf).reverse());
  expect(sorted('name').map(nameOf)[0]).toBe('cart');
});
