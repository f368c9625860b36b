// What stands out in an environment: which services fail most, and what moved since the equal time before.
//
// Two lists of services are compared, service by service. What few requests say is said after what many say.

import type { ServiceList, ServiceRow } from '../../api/types';
import { FEW_VALUES } from '../services/service-columns';

export const FINDINGS_MAX = 5;

// What moved by less is called the same.
const CHANGE_MIN = 0.1;
// Of traffic besides: how many standard deviations two counts have to lie apart for it not to be chance.
const DEVIATIONS_MIN = 3;

export interface Measured {
  value: number;
  // Of how many requests.
  n: number;
}

export interface Finding {
  service: ServiceRow;
  now: Measured;
  // Null: the service had no requests then.
  before: Measured | null;
}

// The highest error rate first. `before` is what there is to compare with, if anything.
export function failing(now: ServiceList, before: ServiceList | null): Finding[] {
  const rate = (row: ServiceRow) => measured(row.error_rate, row.requests);
  return pairs(now, before)
    .filter(([row]) => row.errors > 0)
    .flatMap(([row, earlier]) => finding(row, rate(row), earlier && rate(earlier)))
    .sort((a, b) => b.now.value - a.now.value)
    .sort(manyFirst)
    .slice(0, FINDINGS_MAX);
}

// The p95 that became longest first, in times of what it was; then what became faster.
export function latencyChanges(now: ServiceList, before: ServiceList): Finding[] {
  const p95 = ({ latency }: ServiceRow) => measured(latency.p95_ns, latency.n);
  return pairs(now, before)
    .flatMap(([row, earlier]) => (earlier ? finding(row, p95(row), p95(earlier)) : []))
    .filter(isNotable)
    .sort((a, b) => effectOf(b) - effectOf(a))
    .sort(manyFirst)
    .slice(0, FINDINGS_MAX);
}

// The traffic that changed most first, in times of what it was. Services that are new or have fallen silent changed most.
export function trafficChanges(now: ServiceList, before: ServiceList): Finding[] {
  const rate = (row: ServiceRow) => ({ value: row.requests_per_s, n: row.requests });
  const there = new Set(now.services.map(({ name }) => name));
  const changes: Finding[] = [
    ...pairs(now, before).map(([service, earlier]) => ({
      service,
      now: rate(service),
      before: earlier ? rate(earlier) : { value: 0, n: 0 },
    })),
    ...before.services
      .filter(({ name }) => !there.has(name))
      .map((service) => ({ service, now: { value: 0, n: 0 }, before: rate(service) })),
  ];
  return changes
    .filter((found) => isNotable(found) && isNoChance(found))
    .sort((a, b) => effectOf(b) - effectOf(a))
    .sort(manyFirst)
    .slice(0, FINDINGS_MAX);
}

export function isNotable(found: Finding): boolean {
  return effectOf(found) >= Math.log(1 + CHANGE_MIN);
}

export function isOfFew({ n }: Measured): boolean {
  return n > 0 && n < FEW_VALUES;
}

function pairs(now: ServiceList, before: ServiceList | null): [ServiceRow, ServiceRow | undefined][] {
  const earlier = new Map(before?.services.map((row) => [row.name, row]));
  return now.services.map((row) => [row, earlier.get(row.name)]);
}

function measured(value: number | null, n: number): Measured | null {
  return value === null || n === 0 ? null : { value, n };
}

function finding(service: ServiceRow, now: Measured | null, before: Measured | null | undefined): Finding[] {
  return now ? [{ service, now, before: before ?? null }] : [];
}

// How many times as much or as little, as a logarithm: twice and half are equally far.
function effectOf({ now, before }: Finding): number {
  if (!before || now.value === before.value) return 0; // also where both are none
  return Math.abs(Math.log(now.value / before.value));
}

// Requests come as they please: counts of the same traffic differ by about their square root.
function isNoChance({ now, before }: Finding): boolean {
  if (!before) return false;
  const spread = (rate: Measured) => (rate.n > 0 ? rate.value ** 2 / rate.n : 0);
  return Math.abs(now.value - before.value) > DEVIATIONS_MIN * Math.sqrt(spread(now) + spread(before));
}

function manyFirst(a: Finding, b: Finding): number {
  return Number(isFew(a)) - Number(isFew(b));
}

function isFew({ now, before }: Finding): boolean {
  return isOfFew(now) || (before !== null && isOfFew(before));
}
