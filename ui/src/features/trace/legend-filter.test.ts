import { expect, test } from 'vitest';
import { chipState, cycleGroup, hideGroup, type LegendFilter, onlyGroup } from './legend-filter';

test('clicks go round: dimmed, hidden, as before', () => {
  const states: string[] = [];
  let filter: LegendFilter = { dim: 'b' };
  for (let click = 0; click < 4; click++) {
    states.push(chipState(filter, 'a'));
    filter = cycleGroup(filter, 'a', true);
  }
  expect(states).toEqual(['shown', 'dimmed', 'hidden', 'shown']);
  expect(filter.dim).toBe('b,a');
  expect(chipState(cycleGroup({ hide: 'a' }, 'a', true), 'a')).toBe('shown');
});

test('the last one that is left is dimmed and never hidden', () => {
  const dimmed = cycleGroup({ hide: 'b' }, 'a', false);
  expect(dimmed).toEqual({ services: undefined, dim: 'a', hide: 'b' });
  expect(cycleGroup(dimmed, 'a', false)).toEqual({ services: undefined, dim: undefined, hide: 'b' });
});

test('one alone dims the others, until it is asked for again', () => {
  const alone = onlyGroup({ dim: 'a,b', hide: 'a,c' }, 'a');
  expect(alone).toEqual({ services: 'a', dim: undefined, hide: 'c' });
  expect([chipState(alone, 'a'), chipState(alone, 'b'), chipState(alone, 'c')]).toEqual(['alone', 'dimmed', 'hidden']);
  expect(onlyGroup(alone, 'a').services).toBeUndefined();
});

test('what is hidden is no longer dimmed', () => {
  expect(hideGroup({ dim: 'a,b', hide: 'c' }, 'a')).toEqual({ dim: 'b', hide: 'c,a' });
});
