import { expect, test } from 'vitest';
import { serviceListOf } from '../../../dev/services.mjs';
import type { ServiceRow } from '../../api/types';
import { kindOf } from './service-kind';
import { countKinds, nameMatches, sortServices, totalsOf } from './service-order';

const [template] = serviceListOf(Date.now()).services;
const row = (change: Partial<ServiceRow>): ServiceRow => ({ ...template, is_dependency: false, ...change });
const names = (rows: readonly ServiceRow[]) => rows.map(({ name }) => name);

test('services without a value are last in either direction, equal ones by their total time and then by name', () => {
  const rows = [
    row({ name: 'none', error_rate: null }),
    row({ name: 'b', error_rate: 0.1 }),
    row({ name: 'a', error_rate: 0.1 }),
    row({ name: 'worst', error_rate: 0.5 }),
    row({ name: 'busy', error_rate: 0.1, total_time_ns: template.total_time_ns + 1 }),
  ];
  expect(names(sortServices(rows, { key: 'errors', descending: true }))).toEqual(['worst', 'busy', 'a', 'b', 'none']);
  expect(names(sortServices(rows, { key: 'errors', descending: false }))).toEqual(['busy', 'a', 'b', 'worst', 'none']);
  expect(names(sortServices(rows, { key: 'name', descending: true }))).toEqual(['worst', 'none', 'busy', 'b', 'a']);
});

test('totals leave out dependencies, and are over the time of which there is data', () => {
  const rows = [
    row({ name: 'a', requests: 90, errors: 0 }),
    row({ name: 'b', requests: 10, errors: 5 }),
    row({ name: 'db', requests: 1_000, errors: 900, is_dependency: true }),
  ];
  expect(totalsOf(rows, 50)).toEqual({ services: 2, requests: 100, requestsPerS: 2, errors: 5, errorRate: 0.05 });
  expect(totalsOf([], 0)).toEqual({ services: 0, requests: 0, requestsPerS: 0, errors: 0, errorRate: null });
});

test('an http service is what it is called by, or what calls', () => {
  expect(kindOf({ type: 'http', is_dependency: true })).toBe('external');
  expect(kindOf({ type: 'http', is_dependency: false })).toBe('web');
  expect(kindOf({ type: 'redis', is_dependency: true })).toBe('cache');
  expect(kindOf({ type: 'something new', is_dependency: false })).toBe('custom');
  expect(countKinds([row({ type: 'sql' }), row({ type: 'web' }), row({ type: 'http' })])).toEqual([
    ['web', 2],
    ['database', 1],
  ]);
});

test('a part of a name is enough, in any case', () => {
  expect(nameMatches('Thinker-API', ' api')).toBe(true);
  expect(nameMatches('thinker-api', 'web')).toBe(false);
});
