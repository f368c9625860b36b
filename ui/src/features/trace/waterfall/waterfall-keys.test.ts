import { expect, test } from 'vitest';
import * as scenarios from '../../../../dev/scenarios.mjs';
import { modelFor } from '../../../testing/traces';
import { TreeRows } from '../../../viz/tree-rows';
import { rowAfterKey } from './waterfall-keys';

const newTree = () => new TreeRows(modelFor(scenarios.thinker));

test('arrows walk the rows and stop at the ends', () => {
  const tree = newTree();
  expect(rowAfterKey('ArrowDown', tree, 0, 10)).toBe(1);
  expect(rowAfterKey('ArrowUp', tree, 0, 10)).toBe(0);
  expect(rowAfterKey('ArrowDown', tree, 3, 10)).toBe(3);
  expect(rowAfterKey('End', tree, 0, 10)).toBe(3);
  expect(rowAfterKey('Home', tree, 3, 10)).toBe(0);
  expect(rowAfterKey('PageDown', tree, 0, 2)).toBe(2);
});

test('right opens, then goes to the first child', () => {
  const tree = newTree();
  tree.collapseAll();
  expect(rowAfterKey('ArrowRight', tree, 0, 10)).toBe(0);
  expect(tree.isExpanded(0)).toBe(true);
  expect(rowAfterKey('ArrowRight', tree, 0, 10)).toBe(1);
});

test('left closes, then goes to the parent', () => {
  const tree = newTree();
  expect(rowAfterKey('ArrowLeft', tree, 3, 10)).toBe(1);
  expect(rowAfterKey('ArrowLeft', tree, 1, 10)).toBe(1);
  expect(tree.isExpanded(1)).toBe(false);
  expect(rowAfterKey('ArrowLeft', tree, 1, 10)).toBe(0);
});

test('a member of a group goes to the group', () => {
  const model = modelFor((b) => scenarios.checkout(b, { items: 20, declined: true }));
  const tree = new TreeRows(model);
  tree.expandAll();
  const place = tree.placeOf(model.groups.first[0]);
  expect(rowAfterKey('ArrowLeft', tree, place, 10)).toBe(~0);
});

test('other keys mean nothing here', () => {
  expect(rowAfterKey('q', newTree(), 0, 10)).toBeNull();
});
