import { expect, test } from 'vitest';
import { serviceListOf } from '../../../dev/services.mjs';
import type { ServiceList, ServiceRow } from '../../api/types';
import { FINDINGS_MAX, failing, isOfFew, latencyChanges, trafficChanges } from './needs-a-look';

const NOW_MS = 1_795_269_800_000;
const HOUR_S = 3_600;
const [template] = serviceListOf(NOW_MS).services;

interface Told {
  requests?: number;
  errors?: number;
  p95?: number;
}

function row(name: string, { requests = 3_600, errors = 0, p95 = 100 }: Told): ServiceRow {
  const latency = { ...template.latency, n: requests, p95_ns: requests > 0 ? p95 : null };
  const error_rate = requests > 0 ? errors / requests : null;
  return { ...template, name, requests, requests_per_s: requests / HOUR_S, errors, error_rate, latency };
}

function list(services: Record<string, Told>): ServiceList {
  return { ...serviceListOf(NOW_MS), services: Object.entries(services).map(([name, told]) => row(name, told)) };
}

const names = (found: { service: { name: string } }[]) => found.map(({ service }) => service.name);

test('what fails most comes first, and what fails not at all isn’t there', () => {
  const now = list({ a: { errors: 36 }, b: { errors: 360 }, c: {}, d: { errors: 1 } });
  const found = failing(now, list({ b: { errors: 36 } }));
  expect(names(found)).toEqual(['b', 'a', 'd']);
  expect(found[0]).toMatchObject({ now: { value: 0.1, n: 3_600 }, before: { value: 0.01, n: 3_600 } });
  expect(found[1].before).toBeNull();
  expect(names(failing(now, null))).toEqual(['b', 'a', 'd']);
});

test('what few requests say comes after what many say, and is marked', () => {
  const found = failing(list({ few: { requests: 2, errors: 1 }, many: { errors: 36 } }), null);
  expect(names(found)).toEqual(['many', 'few']);
  expect(found.map(({ now }) => isOfFew(now))).toEqual([false, true]);
});

test('no more are named than can be looked at', () => {
  const services = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`s${i}`, { errors: i + 1 }]));
  expect(names(failing(list(services), null))).toEqual(['s8', 's7', 's6', 's5', 's4']);
  expect(FINDINGS_MAX).toBe(5);
});

test('twice as slow and twice as fast are equally far; a tenth is needed', () => {
  const now = list({ a: { p95: 109 }, b: { p95: 111 }, c: { p95: 50 }, d: { p95: 300 } });
  const before = list({ a: {}, b: {}, c: {}, d: {} });
  expect(names(latencyChanges(now, before))).toEqual(['d', 'c', 'b']);
});

test('latency is compared where there were requests in both times', () => {
  const now = list({ young: { p95: 900 }, idle: { requests: 0 }, few: { requests: 9, p95: 900 }, old: { p95: 200 } });
  const before = list({ idle: {}, few: { requests: 4 }, old: {}, gone: {} });
  expect(names(latencyChanges(now, before))).toEqual(['old', 'few']);
});

test('traffic that chance explains is none that changed, nor what moved by less than a tenth', () => {
  const now = list({
    calm: { requests: 110 },
    busy: { requests: 1_300 },
    rare: { requests: 5 },
    vast: { requests: 1e6 },
  });
  const before = list({
    calm: { requests: 95 },
    busy: { requests: 1_000 },
    rare: { requests: 9 },
    vast: { requests: 950e3 },
  });
  expect(names(trafficChanges(now, before))).toEqual(['busy']);
});

test('services that are new or have fallen silent changed most', () => {
  const now = list({ new: { requests: 40 }, twice: { requests: 7_200 } });
  const found = trafficChanges(now, list({ silent: { requests: 50 }, twice: {} }));
  expect(names(found)).toEqual(['new', 'silent', 'twice']);
  expect(found[0].before).toEqual({ value: 0, n: 0 });
  expect(found[1].now).toEqual({ value: 0, n: 0 });
});
