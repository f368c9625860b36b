import { describe, expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor, randomModel } from '../testing/traces';
import { itemsOf } from './items-by-span';
import { findSpan, ordinalOf } from './trace-model';

describe.each([1, 2, 3, 4, 5])('a random trace (%i)', (seed) => {
  const model = randomModel(seed, 200);

  test('has each subtree in one index range', () => {
    for (let i = 0; i < model.count; i++) {
      for (let below = i + 1; below < model.count; below++) {
        const inside = below < model.subtreeEnd[i];
        let at = below;
        while (at > i) at = model.parent[at];
        expect(at === i).toBe(inside);
      }
    }
  });

  test('counts errors below and latest ends as a walk over the subtree does', () => {
    for (let i = 0; i < model.count; i++) {
      let errors = 0;
      let latest = model.end[i];
      for (let below = i + 1; below < model.subtreeEnd[i]; below++) {
        errors += model.failed[below];
        latest = Math.max(latest, model.end[below]);
      }
      expect(model.errorsBelow[i]).toBe(errors);
      expect(model.latestEnd[i]).toBe(latest);
    }
  });

  test('groups only runs of five or more identical siblings', () => {
    const { groups, skeleton } = model;
    const nameOf = (i: number) => [skeleton.spans.service[i], skeleton.spans.operation[i], skeleton.spans.resource[i]];
    for (let g = 0; g < groups.count; g++) {
      const members: number[] = [];
      for (let i = groups.first[g]; i < groups.end[g]; i = model.subtreeEnd[i]) members.push(i);
      expect(members.length).toBe(groups.members[g]);
      expect(members.length).toBeGreaterThanOrEqual(5);
      expect(new Set(members.map((i) => model.parent[i])).size).toBe(1);
      expect(new Set(members.map((i) => nameOf(i).join())).size).toBe(1);
      expect(members.every((i) => groups.memberOf[i] === g)).toBe(true);
    }
  });
});

test('a group is a level of its own', () => {
  const model = modelFor((b) => {
    b.span('web', 'request', 'GET /', {}, () => {
      for (let i = 0; i < 6; i++) b.span('db', 'query', 'SELECT 1', {}, () => b.wait(1));
    });
  });
  expect(model.groups.count).toBe(1);
  expect(model.groups.members[0]).toBe(6);
  expect(model.groups.totalNs[0]).toBe(6e6);
  expect(Array.from(model.level)).toEqual([0, 2, 2, 2, 2, 2, 2]);
});

test('events and pieces of the critical path are found by their span', () => {
  const model = modelFor(scenarios.thinker);
  const failed = model.failed.indexOf(1);
  expect(itemsOf(model.eventsOf, failed).map((event) => model.skeleton.events.name[event])).toEqual(['exception']);
  const pieces = itemsOf(model.criticalPiecesOf, 0).map((piece) => model.skeleton.critical_path[piece]);
  expect(pieces.every((piece) => piece.span === 0)).toBe(true);
});

test('spans that share an id are told apart by their order', () => {
  const model = modelFor(scenarios.broken);
  const ids = model.skeleton.spans.id;
  const shared = ids.find((id, i) => ids.indexOf(id) !== i) ?? '';
  const [first, second] = [findSpan(model, shared), findSpan(model, shared, 1)];
  expect(second).toBeGreaterThan(first);
  expect(ordinalOf(model, second)).toBe(1);
  expect(findSpan(model, shared, 2)).toBe(-1);
});
