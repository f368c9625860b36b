import { describe, expect, test } from 'vitest';
import { randomModel } from '../testing/traces';
import { type Dimension, parseDimensions } from './dimensions';
import { columnsOf, figuresBy } from './span-statistics';

describe.each([['service'], ['service', 'operation'], ['resource', 'host'], []] as Dimension[][])(
  'figures by %s and %s',
  (...dimensions) => {
    const model = randomModel(4, 700);
    const { duration, self_ns, exec_ns } = model.skeleton.spans;
    const lit = Uint8Array.from({ length: model.count }, (_, span) => (span % 3 ? 1 : 0));

    test.each([
      ['all', null],
      ['those that are lit', lit],
    ])('are those of %s, looked at one by one', (_, only) => {
      const columns = columnsOf(model, dimensions);
      const rows = figuresBy(model, dimensions, only);
      let counted = 0;
      for (const row of rows) {
        const spans = Array.from({ length: model.count }, (_, span) => span).filter(
          (span) => (!only || only[span]) && columns.every((column) => column[span] === column[row.sample]),
        );
        const of = (column: readonly number[]) => spans.map((span) => column[span]);
        expect(row.sample).toBe(spans[0]);
        expect(row.count).toBe(spans.length);
        expect(row.errors).toBe(spans.filter((span) => model.failed[span]).length);
        expect([row.minNs, row.maxNs]).toEqual([Math.min(...of(duration)), Math.max(...of(duration))]);
        expect([row.selfMinNs, row.selfMaxNs]).toEqual([Math.min(...of(self_ns)), Math.max(...of(self_ns))]);
        expect(row.totalNs).toBe(of(duration).reduce((sum, ns) => sum + ns, 0));
        expect(row.selfNs).toBe(of(self_ns).reduce((sum, ns) => sum + ns, 0));
        expect(row.execNs).toBeCloseTo(
          of(exec_ns).reduce((sum, ns) => sum + ns, 0),
          3,
        );
        counted += row.count;
      }
      expect(counted).toBe(only ? only.reduce((sum, flag) => sum + flag, 0) : model.count);
    });
  },
);

test('dimensions are read from text, two at most', () => {
  expect(parseDimensions('service,resource')).toEqual(['service', 'resource']);
  expect(parseDimensions('host')).toEqual(['host']);
  for (const text of ['', 'pod', 'service,pod', 'service,operation,resource'])
    expect(parseDimensions(text)).toEqual([]);
});
