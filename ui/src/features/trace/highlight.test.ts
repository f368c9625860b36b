import { expect, test } from 'vitest';
import * as scenarios from '../../../dev/scenarios.mjs';
import { modelFor } from '../../testing/traces';
import { highlightFor, isDimmed, toggleService } from './highlight';

const model = modelFor(scenarios.thinker);
const dimmed = (search: Parameters<typeof highlightFor>[1]) =>
  Array.from({ length: model.count }, (_, i) => isDimmed(model, highlightFor(model, search), i));

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

test('services are chosen one by one, or one alone', () => {
  expect(toggleService(undefined, 'a', false)).toBe('a');
  expect(toggleService('a', 'b', false)).toBe('a,b');
  expect(toggleService('a,b', 'a', false)).toBe('b');
  expect(toggleService('b', 'b', false)).toBeUndefined();
  expect(toggleService('a,b', 'a', true)).toBe('a');
  expect(toggleService('a', 'a', true)).toBeUndefined();
});
