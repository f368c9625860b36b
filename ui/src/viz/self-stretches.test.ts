import { describe, expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor, randomModel } from '../testing/traces';
import { buildSelfStretches, eachSelfStretch } from './self-stretches';
import type { TraceModel } from './trace-model';

function stretchesOf(model: TraceModel, span: number) {
  const found: [number, number][] = [];
  eachSelfStretch(model, span, (start, end) => found.push([start, end]));
  return found;
}

const lengthOf = (stretches: readonly [number, number][]) => stretches.reduce((sum, [from, to]) => sum + to - from, 0);

describe.each([1, 2, 3])('a random trace (%i)', (seed) => {
  const model = randomModel(seed, 400);

  test('stretches lie within their span, apart from each other, and over no child', () => {
    for (let span = 0; span < model.count; span++) {
      let before = model.start[span];
      for (const [from, to] of stretchesOf(model, span)) {
        expect(from).toBeGreaterThanOrEqual(before);
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(model.end[span]);
        for (let child = span + 1; child < model.subtreeEnd[span]; child = model.subtreeEnd[child]) {
          expect(model.end[child] <= from || model.start[child] >= to).toBe(true);
        }
        before = to;
      }
    }
  });

  test('they are what is told as self time', () => {
    const { self_ns } = model.skeleton.spans;
    for (let span = 0; span < model.count; span++) expect(lengthOf(stretchesOf(model, span))).toBe(self_ns[span]);
  });

  test('all of them together are the same', () => {
    const { offsets, start, end } = buildSelfStretches(model);
    for (let span = 0; span < model.count; span++) {
      const those = Array.from({ length: offsets[span + 1] - offsets[span] }, (_, i) => [
        start[offsets[span] + i],
        end[offsets[span] + i],
      ]);
      expect(those).toEqual(stretchesOf(model, span));
    }
  });
});

test('a leaf is its own all the time', () => {
  const model = modelFor(scenarios.thinker);
  expect(stretchesOf(model, 3)).toEqual([[model.start[3], model.end[3]]]);
});
