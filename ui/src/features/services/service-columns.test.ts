import { expect, test } from 'vitest';
import { serviceListOf } from '../../../dev/services.mjs';
import { SERVICE_COLUMN_NAMES } from './service-column-names';
import { CHOICE, coveredSeconds, ratesOf, serviceColumns, tableFacts } from './service-columns';
import { sortServices } from './service-order';
import { SORT_KEYS } from './services-search';

const MINUTE_NS = 60_000_000_000;
const NOW_MS = Date.parse('2026-11-21T14:05:15Z');

test('the last point counts for the time that it has had', () => {
  const list = serviceListOf(NOW_MS);
  const facts = tableFacts(list, list.services);
  expect(facts).toMatchObject({ stepSeconds: 60, lastSeconds: 15, partialLast: true });
  expect(coveredSeconds(list)).toBe(59 * 60 + 15);
  const row = { covered_s: 59 * 60 + 15, series: { requests: [120, 60, 15], errors: [], avg_ns: [] } };
  expect(ratesOf(row, facts)).toEqual([2, 1, 1]);
});

test('before a service was known there is nothing, not zero', () => {
  const list = { ...serviceListOf(NOW_MS), step_ns: MINUTE_NS };
  const facts = tableFacts(list, []);
  const requests = [0, 0, 0, 60, 0, 15];
  const ratesAfter = (covered_s: number) => ratesOf({ covered_s, series: { requests, errors: [], avg_ns: [] } }, facts);
  expect(ratesAfter(2 * 60 + 15)).toEqual([null, null, null, 1, 0, 1]);
  expect(ratesAfter(2 * 60 + 20)).toEqual([null, null, 0, 1, 0, 1]);
  expect(ratesAfter(3_600)).toEqual([0, 0, 0, 1, 0, 1]);
});

test('every name in the address is a column, and every order has one', () => {
  expect(CHOICE.map(({ name }) => name)).toEqual([...SERVICE_COLUMN_NAMES]);
  expect(SORT_KEYS.filter((key) => !(SERVICE_COLUMN_NAMES as readonly string[]).includes(key))).toEqual([]);
  const shown = serviceColumns(['p50', 'type']).map(({ name }) => name);
  expect(shown).toEqual(['name', 'type', 'p50']);
});

test('every order is one', () => {
  const { services } = serviceListOf(NOW_MS);
  for (const key of SORT_KEYS) {
    const names = (descending: boolean) => sortServices(services, { key, descending }).map(({ name }) => name);
    expect(names(true).toSorted()).toEqual(names(false).toSorted());
    expect(names(true), key).not.toEqual(names(false));
  }
  expect(sortServices(services, { key: 'p99', descending: true })[0].latency.p99_ns).toBe(
    Math.max(...services.map(({ latency }) => latency.p99_ns ?? 0)),
  );
});
