import { expect, test } from 'vitest';
import { answerOverTime } from '../../../dev/over-time.mjs';
import type { ResourceOverTime, ServiceOverTime } from '../../api/types';
import { explain } from './explain';

const NOW = 1_795_269_930_000;

function of(path: string) {
  return answerOverTime(new URL(`http://x/api/ui/${path}`), NOW, '');
}

const service = of('services/payments') as ServiceOverTime;
const { resources } = of('services/payments/resources') as { resources: { hash: string }[] };
const resource = of(`resources/${resources[1].hash}`) as ResourceOverTime;
const ENTRIES = `env:"${service.env}" service:"payments" operation_name:"${service.operation}"`;

test('the spans of a figure are searched for by everything that it is of', () => {
  expect(explain('requests', service).spans?.search).toEqual({
    q: `${ENTRIES} @_top_level:1`,
    from: new Date(Number(BigInt(service.from_ns) / 1_000_000n)).toISOString(),
    to: new Date(Number(BigInt(service.covered_to_ns) / 1_000_000n)).toISOString(),
  });
  expect(explain('requests', resource).spans?.search.q).toBe(
    `${ENTRIES} resource_name:"${resource.resource}" @_top_level:1`,
  );
  expect(explain('errors', service).spans?.search.q).toBe(`${ENTRIES} @_top_level:1 status:error`);
  expect(explain('total-time', service).spans?.search.sort).toBe('-@duration');
});

test('a percentile leads to what took as long, a score to what frustrated', () => {
  const p95 = service.total.latency.p95_ns ?? 0;
  expect(explain('latency', service).spans?.search.q).toContain(`@duration:>=${Math.floor(p95 * 0.99)}ns`);
  expect(explain('apdex', service).spans?.search.q).toContain(`@duration:>${4 * service.apdex_threshold_ns}ns`);
});

test('nothing leads to what isn’t there', () => {
  const none = { ...service, total: { ...service.total, requests: 0, errors: 0 } };
  expect(explain('requests', none).spans).toBeNull();
  expect(explain('errors', { ...service, total: { ...service.total, errors: 0 } }).spans).toBeNull();
  const beyond = { ...resource, resource: 'agent_blocked_value' };
  expect(explain('requests', beyond).spans).toBeNull();
});

test('says what is exact and what is estimated', () => {
  const latency = (max_estimated: boolean) => ({ ...service.total.latency, max_estimated });
  const counted = { ...service, total: { ...service.total, requests: 40, latency: latency(false) } };
  const byTracers = { ...counted, total: { ...counted.total, latency: latency(true) } };
  const scaled = { ...service, total: { ...service.total, requests: 40.5 } };
  expect(explain('requests', counted).accuracy).toMatch(/^Exact: every span was counted, before/);
  expect(explain('requests', byTracers).accuracy).toMatch(/^Exact: .* by their tracers/);
  expect(explain('requests', scaled).accuracy).toMatch(/^Estimated: .* stands for/);
  expect(explain('latency', counted).accuracy).toMatch(/1 %/);
  expect(explain('latency', byTracers).accuracy).toMatch(/2.6 %/);
  expect(explain('maximum', counted).accuracy).toBe('Exact.');
  expect(explain('maximum', byTracers).accuracy).toMatch(/^Estimated/);
});

test('says what it is of', () => {
  expect(explain('requests', service).population).toContain(`of payments in env ${service.env}`);
  expect(explain('requests', resource).population).toContain(resource.resource);
});
