import { expect, test } from 'vitest';
import * as scenarios from '../../../dev/scenarios.mjs';
import { modelFor } from '../../testing/traces';
import { colorGroupsOf, groupOfSpans } from '../../viz/color-groups';
import { highlightFor, isDimmed } from './highlight';

const model = modelFor(scenarios.thinker);
const colors = colorGroupsOf(model.skeleton, 'service');
const groupOf = groupOfSpans(model.skeleton, colors);
const dimmed = (search: Parameters<typeof highlightFor>[2]) => {
  const highlight = highlightFor(model, colors, search);
  return Array.from({ length: model.count }, (_, i) => isDimmed(model, groupOf, highlight, i));
};

test('without anything chosen nothing is dimmed', () => {
  expect(dimmed({})).toEqual([false, false, false, false]);
});

test('a search dims what it does not find', () => {
  expect(dimmed({ q: 'think foo_bar' })).toEqual([true, true, true, false]);
});

test('a chosen service dims the others, an unknown one dims nothing', () => {
  expect(dimmed({ services: 'thinker-api' })).toEqual([false, true, true, true]);
  expect(dimmed({ services: 'renamed-since' })).toEqual([false, false, false, false]);
});

test('a group that is dimmed dims its own spans, and all of them dim nothing', () => {
  expect(dimmed({ dim: 'thinker-api' })).toEqual([true, false, false, false]);
  expect(dimmed({ dim: 'thinker-api,thinker-microservice' })).toEqual([false, false, false, false]);
});
