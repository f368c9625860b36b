import { describe, expect, test } from 'vitest';
import * as scenarios from '../../../../dev/scenarios.mjs';
import { modelFor, randomModel } from '../../../testing/traces';
import { assignLanes, neighbourInLane } from '../../../viz/lanes';
import { spanAfterKey } from './flame-keys';

const KEYS = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End'];

describe.each([1, 2, 3])('the keys of a random trace (%i)', (seed) => {
  const model = randomModel(seed, 600);

  test('lead to every span', () => {
    const reached = new Set([0]);
    for (const span of reached) {
      for (const key of KEYS) reached.add(spanAfterKey(key, model, span) ?? -1);
    }
    expect(reached.size).toBe(model.count);
    expect(reached.has(-1)).toBe(false);
  });

  test('lead sideways from sibling to sibling, forward and back', () => {
    for (let span = 0; span < model.count; span++) {
      const next = spanAfterKey('ArrowRight', model, span) ?? -1;
      expect(model.parent[next]).toBe(model.parent[span]);
      expect(model.siblingIndex[next] - model.siblingIndex[span]).toBe(next === span ? 0 : 1);
      if (next !== span) expect(spanAfterKey('ArrowLeft', model, next)).toBe(span);
    }
  });

  test('and along a lane', () => {
    const lanes = assignLanes(model);
    for (let span = 0; span < model.count; span++) {
      const next = neighbourInLane(lanes, span, 1);
      expect(lanes.laneOf[next]).toBe(lanes.laneOf[span]);
      if (next === span) continue;
      expect(model.start[next]).toBeGreaterThanOrEqual(model.end[span]);
      expect(neighbourInLane(lanes, next, -1)).toBe(span);
    }
  });
});

test('up is the parent, down the first child, and at the ends nothing moves', () => {
  const model = modelFor(scenarios.thinker);
  const walk = (span: number, ...keys: string[]) => keys.reduce((at, key) => spanAfterKey(key, model, at) ?? -1, span);
  expect(walk(0, 'ArrowUp')).toBe(0);
  expect(walk(0, 'ArrowDown', 'ArrowDown')).toBe(2);
  expect(walk(2, 'ArrowDown')).toBe(2);
  expect(walk(2, 'ArrowRight')).toBe(3);
  expect(walk(3, 'ArrowRight')).toBe(3);
  expect(walk(3, 'ArrowUp')).toBe(1);
  expect(spanAfterKey('q', model, 0)).toBeNull();
});
