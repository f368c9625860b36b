import { expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { skeletonFor } from '../testing/traces';
import { criticalPathOf } from './critical-path';

test.each([
  scenarios.thinker,
  (b: scenarios.Builder) => scenarios.checkout(b, { items: 20, declined: true }),
  (b: scenarios.Builder) => scenarios.nightlyImport(b, 2_000),
])('all pieces are in the shares, equal work in one of them', (scenario) => {
  const skeleton = skeletonFor(scenario);
  const { shares, spans, totalNs } = criticalPathOf(skeleton);
  expect(totalNs).toBe(skeleton.spans.duration[skeleton.root]);
  expect(shares.reduce((sum, { ns }) => sum + ns, 0)).toBe(totalNs);
  expect(shares.reduce((sum, share) => sum + share.spans, 0)).toBe(spans);
  expect(spans).toBe(new Set(skeleton.critical_path.map(({ span }) => span)).size);
  const names = shares.map(({ span }) =>
    [skeleton.spans.service[span], skeleton.spans.operation[span], skeleton.spans.resource[span]].join(),
  );
  expect(new Set(names).size).toBe(names.length);
  expect(shares.map(({ ns }) => ns)).toEqual(shares.map(({ ns }) => ns).toSorted((a, b) => b - a));
});
