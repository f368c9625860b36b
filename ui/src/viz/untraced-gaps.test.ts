import { expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor } from '../testing/traces';
import { untracedGaps } from './untraced-gaps';

test('the sleeps between two thoughts are gaps', () => {
  const model = modelFor(scenarios.thinker);
  const gaps = untracedGaps(model, 1).map((gap) => Math.round((gap.end - gap.start) / 1e6));
  expect(gaps).toEqual([201, 200]);
});

test('a span without children has no gaps, and short gaps are not worth a word', () => {
  const model = modelFor(scenarios.thinker);
  expect(untracedGaps(model, 2)).toEqual([]);
  expect(untracedGaps(model, 0)).toEqual([]);
});
