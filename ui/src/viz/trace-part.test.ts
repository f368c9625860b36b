import { describe, expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor, randomModel } from '../testing/traces';
import { colorGroupsOf, groupOfSpans } from './color-groups';
import { assignLanes } from './lanes';
import { selfOfPart } from './self-stretches';
import { buildTraceModel, findSpan } from './trace-model';
import { keptSpans, partOfTrace } from './trace-part';
import { untracedGaps } from './untraced-gaps';

describe.each([1, 2, 3])('a random trace (%i)', (seed) => {
  const whole = randomModel(seed, 500);
  const { skeleton } = whole;
  const groups = colorGroupsOf(skeleton, 'service');
  const groupOf = groupOfSpans(skeleton, groups);

  test.each([
    [[1], -1],
    [[0, 2], -1],
    [[], 7],
    [[1], 3],
  ])('without groups %j, focused on %i', (hidden, focus) => {
    const kept = keptSpans(skeleton, groupOf, hidden, focus);
    expect(kept).not.toBeNull();
    const part = partOfTrace(skeleton, kept ?? new Uint8Array());
    const model = buildTraceModel(part);
    const left = skeleton.spans.id.filter((_, i) => kept?.[i]);
    expect(part.spans.id).toEqual(left);
    for (let i = 0; i < model.count; i++) {
      const before = findSpan(whole, part.spans.id[i]);
      expect(hidden).not.toContain(groupOf[before]);
      expect(model.start[i]).toBe(whole.start[before]);
      // Below the nearest ancestor that is left.
      let above = whole.parent[before];
      while (above >= 0 && !kept?.[above]) above = whole.parent[above];
      expect(model.parent[i] < 0 ? -1 : findSpan(whole, part.spans.id[model.parent[i]])).toBe(above);
      expect(model.parent[i]).toBeLessThan(i);
    }
    expect(part.critical_path.every(({ span }) => span >= 0 && span < model.count)).toBe(true);
    const lanes = assignLanes(model);
    const byLane = Array.from({ length: lanes.count }, () => Number.NEGATIVE_INFINITY);
    for (let i = 0; i < model.count; i++) {
      expect(model.start[i]).toBeGreaterThanOrEqual(byLane[lanes.laneOf[i]]);
      byLane[lanes.laneOf[i]] = model.end[i];
    }
  });
});

test('a focus keeps the subtree and what called it', () => {
  const { skeleton } = modelFor((b) => scenarios.checkout(b, { items: 2, declined: true }));
  const model = buildTraceModel(skeleton);
  const span = skeleton.spans.parent.findIndex((parent) => parent > 0);
  const kept = keptSpans(skeleton, model.service, [], span) ?? new Uint8Array();
  for (let i = 0; i < model.count; i++) {
    const below = i >= span && i < model.subtreeEnd[span];
    const above = i < span && model.subtreeEnd[i] > span;
    expect(kept[i]).toBe(below || above ? 1 : 0);
  }
});

test('time in which a hidden child was open isn’t taken for self time', () => {
  const whole = modelFor((b) => scenarios.checkout(b, { items: 3, declined: true }));
  const postgres = whole.skeleton.services.findIndex(({ name }) => name === 'postgres');
  const kept = keptSpans(whole.skeleton, whole.service, [postgres], -1) ?? new Uint8Array();
  const part = buildTraceModel(partOfTrace(whole.skeleton, kept), selfOfPart(whole.self, kept));
  for (let i = 0; i < part.count; i++) {
    const before = findSpan(whole, part.skeleton.spans.id[i]);
    expect(untracedGaps(part, i)).toEqual(untracedGaps(whole, before));
    let own = 0;
    for (let at = part.self.offsets[i]; at < part.self.offsets[i + 1]; at++)
      own += part.self.end[at] - part.self.start[at];
    expect(own).toBe(part.skeleton.spans.self_ns[i]);
  }
});

test('nothing hidden, or everything, is the whole trace', () => {
  const { skeleton, service } = modelFor(scenarios.thinker);
  expect(keptSpans(skeleton, service, [], -1)).toBeNull();
  expect(keptSpans(skeleton, service, [0, 1], -1)).toBeNull();
});

test('groups of every kind take each span once, and all of the time', () => {
  const { skeleton } = modelFor((b) => scenarios.checkout(b, { items: 5, declined: true }));
  const exec = skeleton.spans.exec_ns.reduce((sum, ns) => sum + ns, 0);
  for (const by of ['service', 'host', 'container', 'type', 'kind'] as const) {
    const groups = colorGroupsOf(skeleton, by);
    const counts = groups.groups.map(() => 0);
    for (const group of groupOfSpans(skeleton, groups)) counts[group]++;
    expect(counts).toEqual(groups.groups.map(({ spans }) => spans));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(skeleton.span_count);
    expect(groups.groups.reduce((sum, { execNs }) => sum + execNs, 0)).toBeCloseTo(exec, 0);
    const times = groups.groups.map(({ execNs }) => execNs);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(groups.groups.reduce((sum, { errors }) => sum + errors, 0)).toBe(skeleton.error_count);
  }
});
