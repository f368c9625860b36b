import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../dev/random.mjs';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor, randomModel } from '../testing/traces';
import { buildTraceModel } from './trace-model';
import { TreeRows } from './tree-rows';

// What `TreeRows` computes with index ranges, by asking of each span whether anything above it is collapsed.
function visibleByDefinition(rows: TreeRows): number[] {
  const { model } = rows;
  const visible = (row: number): boolean => {
    const above = rows.parentRowOf(row);
    return above === null || (rows.isExpanded(above) && visible(above));
  };
  const out: number[] = [];
  for (let i = 0; i < model.count; i++) {
    const group = model.groups.memberOf[i];
    if (group >= 0 && model.groups.first[group] === i && visible(~group)) out.push(~group);
    if (visible(i)) out.push(i);
  }
  return out;
}

describe.each([1, 2, 3, 4])('rows of a random trace (%i)', (seed) => {
  test('are those with nothing collapsed above, after any toggles', () => {
    const random = seededRandom(seed);
    const rows = new TreeRows(randomModel(seed, 700));
    expect(Array.from(rows.rows)).toEqual(visibleByDefinition(rows));
    for (let step = 0; step < 40; step++) {
      rows.toggle(random.pick(Array.from(rows.rows)));
      if (step % 8 === 0) expect(Array.from(rows.rows)).toEqual(visibleByDefinition(rows));
    }
  });

  test('show every span once when all is expanded, and only the roots when all is collapsed', () => {
    const model = randomModel(seed, 700);
    const rows = new TreeRows(model);
    rows.expandAll();
    expect(Array.from(rows.rows).filter((row) => row >= 0)).toEqual(Array.from({ length: model.count }, (_, i) => i));
    expect(rows.rows.length).toBe(model.count + model.groups.count);
    rows.collapseAll();
    expect(rows.rows.length).toBe(model.rootCount);
  });

  test('are found again by their span', () => {
    const model = randomModel(seed, 700);
    const rows = new TreeRows(model);
    rows.expandAll();
    rows.rows.forEach((row, place) => {
      expect(rows.placeOf(row)).toBe(place);
      if (row >= 0) expect(rows.rowIndexOf(row)).toBe(place);
    });
    rows.collapseAll();
    const deep = model.level.indexOf(model.level.reduce((max, level) => Math.max(max, level), 0));
    expect(rows.rowIndexOf(deep)).toBe(-1);
    expect(rows.rows[rows.placeOf(deep)]).toBe(0);
    rows.reveal(deep);
    expect(rows.rows[rows.rowIndexOf(deep)]).toBe(deep);
  });

  test('expand by level', () => {
    const model = randomModel(seed, 700);
    const rows = new TreeRows(model);
    for (const level of [0, 1, 3]) {
      rows.expandToLevel(level);
      const levels = Array.from(rows.rows, (row) => rows.levelOf(row));
      expect(Math.max(...levels)).toBe(level);
      expect(rows.shownLevel()).toBe(level);
    }
  });
});

test('a small trace is open at first, its groups are closed', () => {
  const model = modelFor((b) => scenarios.checkout(b, { items: 20, declined: true }));
  const rows = new TreeRows(model);
  expect(model.groups.count).toBe(1);
  expect(rows.rows.length).toBe(model.count - 20 + 1);
});

test('a large trace opens three levels and whatever leads to an error', () => {
  const model = modelFor((b) => scenarios.nightlyImport(b, 3000));
  const rows = new TreeRows(model);
  expect(rows.rows.length).toBeLessThan(model.count);
  const failed = Array.from(model.failed.keys()).filter((i) => model.failed[i]);
  expect(failed.length).toBeGreaterThan(0);
  for (const span of failed) {
    for (let at = model.parent[span]; at >= 0; at = model.parent[at]) expect(rows.isExpanded(at)).toBe(true);
  }
});

test('what was collapsed stays so when more spans arrive', () => {
  const before = new TreeRows(modelFor((b) => scenarios.arriving(b, 10)));
  const parcel = before.rows.find((row) => row >= 0 && before.model.level[row] === 2) ?? -1;
  before.toggle(~0);
  before.toggle(parcel);
  const after = new TreeRows(buildTraceModel(modelFor((b) => scenarios.arriving(b, 30)).skeleton));
  after.adopt(before);
  expect(after.isExpanded(~0)).toBe(before.isExpanded(~0));
});

test('watchers hear of changes, and of nothing else', () => {
  const rows = new TreeRows(modelFor(scenarios.thinker));
  let heard = 0;
  const leave = rows.watch(() => heard++);
  rows.setExpanded(0, true);
  expect(heard).toBe(0);
  rows.setExpanded(0, false);
  expect(heard).toBe(1);
  leave();
  rows.setExpanded(0, true);
  expect(heard).toBe(1);
});
