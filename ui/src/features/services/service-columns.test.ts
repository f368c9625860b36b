import { expect, test } from 'vitest';
import { serviceListOf } from '../../../dev/services.mjs';
import { coveredSeconds, ratesOf, tableFacts } from './service-columns';

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
