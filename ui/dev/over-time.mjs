// Made-up answers about one service or resource over time, in step with the list of services.

import { seededRandom } from './random.mjs';
import { serviceListOf } from './services.mjs';

/** @typedef {import('../src/api/types').ServiceRow} ServiceRow */
/** @typedef {import('../src/api/types').Series} Series */
/** @typedef {import('../src/api/types').OverTime} OverTime */
/** @typedef {import('../src/api/types').Distribution} Distribution */
/** @typedef {import('../src/api/types').Exemplar} Exemplar */

const RESOURCES = [
  'GET /',
  'GET /products/{id}',
  'POST /checkout',
  'GET /search',
  'GET /account/orders/{order_id}/invoices/{invoice_id}',
];
const VERSIONS = ['2.3.1', '2.3.0', ''];
const SHARES = [0.4, 0.3, 0.15, 0.1, 0.05];

/** @param {number} nowMs @param {string} service @param {string} env */
function rowOf(nowMs, service, env) {
  const list = serviceListOf(nowMs, { env });
  return { list, row: list.services.find(({ name }) => name === service) };
}

/** @param {ServiceRow} row @param {number} share @param {string} value @returns {Series} */
function seriesOf(row, share, value) {
  const { requests, errors, avg_ns } = row.series;
  const times = (/** @type {number} */ factor) => avg_ns.map((ns) => (ns === null ? null : ns * factor));
  const part = (/** @type {(number | null)[]} */ counts) => counts.map((count) => Math.round((count ?? 0) * share));
  return {
    value,
    others: false,
    total_requests: Math.round(row.requests * share),
    requests: part(requests),
    errors: part(errors),
    apdex: row.apdex ? avg_ns.map((ns) => (ns === null ? null : 0.9)) : avg_ns.map(() => null),
    avg_ns: times(1),
    max_ns: times(9),
    p50_ns: times(0.8),
    p75_ns: times(1.2),
    p90_ns: times(1.9),
    p95_ns: times(2.6),
    p99_ns: times(4.4),
  };
}

/** @param {ServiceRow} row */
function distributionOf(row) {
  const average = row.latency.avg_ns ?? 0;
  if (average === 0) return [];
  return Array.from({ length: 160 }, (_, i) => {
    const x = (i - 80) / 26;
    const count = Math.round(row.requests * 0.02 * Math.exp(-x * x) + (i > 120 && i < 126 ? row.requests * 0.002 : 0));
    const failed = Math.min(count, Math.round(count * (row.error_rate ?? 0)));
    return { duration_ns: average * 0.8 * 1.02 ** ((i - 80) * 1.6), ok: count - failed, error: failed };
  }).filter(({ ok, error }) => ok + error > 0);
}

// The share that took no longer.
/** @param {Distribution} distribution @param {number} durationNs */
function rankIn(distribution, durationNs) {
  const countOf = (/** @type {Distribution} */ bins) => bins.reduce((sum, { ok, error }) => sum + ok + error, 0);
  const all = countOf(distribution);
  return all === 0 ? null : countOf(distribution.filter((bin) => bin.duration_ns <= durationNs)) / all;
}

/** @param {ServiceRow} row @param {number} share */
function figuresOf(row, share) {
  const { requests, requests_per_s, errors, error_rate, total_time_ns, covered_s, latency, apdex } = row;
  return {
    requests: Math.round(requests * share),
    requests_per_s: requests_per_s * share,
    errors: Math.round(errors * share),
    error_rate,
    total_time_ns: total_time_ns * share,
    covered_s,
    latency,
    apdex,
  };
}

/** @param {import('../src/api/types').ServiceList} list @param {ServiceRow} row @param {number} share @param {URLSearchParams} query */
function overTime(list, row, share, query) {
  const { env, from_ns, to_ns, step_ns, points, partial_last_point, covered_to_ns } = list;
  const timeline = { from_ns, to_ns, step_ns, points, partial_last_point, covered_to_ns, total: figuresOf(row, share) };
  const before = query.get('previous');
  return {
    env,
    service: { name: row.name, slot: row.slot },
    ...timeline,
    apdex_threshold_ns: row.apdex_threshold_ns,
    series: query.has('by')
      ? VERSIONS.map((version, i) => seriesOf(row, share * [0.7, 0.25, 0.05][i], version))
      : [seriesOf(row, share, '')],
    previous: before
      ? [
          {
            ...timeline,
            what: /** @type {'window'} */ (before),
            total: figuresOf(row, share * 0.9),
            series: [seriesOf(row, share * 0.9, '')],
          },
        ]
      : [],
    distribution: distributionOf(row),
  };
}

/** @param {string} service @param {number} place */
function hashOf(service, place) {
  const random = seededRandom([...service].reduce((sum, letter) => sum + letter.charCodeAt(0), place * 7919));
  return Array.from({ length: 16 }, () => Math.floor(random.next() * 16).toString(16)).join('');
}

/** @param {number} nowMs @param {string} hash @param {string} env */
function resourceByHash(nowMs, hash, env) {
  for (const row of serviceListOf(nowMs, { env }).services) {
    const place = RESOURCES.findIndex((_, i) => hashOf(row.name, i) === hash);
    if (place >= 0) return { service: row.name, place };
  }
  return undefined;
}

/** @param {number} nowMs @param {string} service @param {URLSearchParams} query */
function serviceOverTime(nowMs, service, query) {
  const { list, row } = rowOf(nowMs, service, query.get('env') ?? 'production');
  if (!row) return undefined;
  return {
    ...overTime(list, row, 1, query),
    operation: query.get('operation') ?? row.operation,
    is_dependency: row.is_dependency,
    called_by: row.called_by.map((name) => ({
      name,
      slot: list.services.find((each) => each.name === name)?.slot ?? 1,
    })),
    operations: [row.operation, ...(row.name === 'storefront' ? ['job.run'] : [])],
    envs: ['production', 'staging'],
    last_seen_ns: row.last_seen_ns,
  };
}

/** @param {number} nowMs @param {string} service @param {URLSearchParams} query */
function resourceListOf(nowMs, service, query) {
  const { list, row } = rowOf(nowMs, service, query.get('env') ?? 'production');
  return {
    env: list.env,
    service: { name: service, slot: row?.slot ?? 1 },
    operation: row?.operation ?? '',
    total: row ? RESOURCES.length : 0,
    resources: row
      ? RESOURCES.map((resource, i) => ({
          ...figuresOf(row, SHARES[i]),
          resource,
          hash: hashOf(service, i),
          type: row.type,
          overflow: false,
        }))
      : [],
  };
}

/** @param {number} nowMs @param {string} hash @param {URLSearchParams} query */
function resourceOverTime(nowMs, hash, query) {
  const found = resourceByHash(nowMs, hash, query.get('env') ?? 'production');
  const { list, row } = rowOf(nowMs, found?.service ?? '', query.get('env') ?? 'production');
  if (!found || !row) return undefined;
  const answer = overTime(list, row, SHARES[found.place], query);
  return {
    ...answer,
    operation: row.operation,
    resource: RESOURCES[found.place],
    hash,
    rank: query.has('duration_ns') ? rankIn(answer.distribution, Number(query.get('duration_ns'))) : null,
  };
}

/** @param {number} nowMs @param {{ service?: string, hash?: string }} of @param {URLSearchParams} query @param {string} traceId */
function exemplarsOf(nowMs, { service, hash }, query, traceId) {
  const env = query.get('env') ?? 'production';
  const found = hash === undefined ? undefined : resourceByHash(nowMs, hash, env);
  const { list, row } = rowOf(nowMs, service ?? found?.service ?? '', env);
  const least = Number(query.get('min_ns') ?? 0);
  const most = Number(query.get('max_ns') ?? Number.MAX_SAFE_INTEGER);
  const average = row?.latency.avg_ns ?? 0;
  const some = (/** @type {number} */ factor, /** @type {boolean} */ failed) =>
    Array.from({ length: 5 }, (_, i) => {
      const place = found?.place ?? i;
      return /** @type {Exemplar} */ ({
        trace_id: traceId,
        span_id: String(i + 1),
        start_ns: String((BigInt(nowMs) - BigInt(i * 61_000)) * 1_000_000n),
        duration_ns: Math.round(average * factor * (1 - i * 0.03)),
        error: failed,
        rank: factor > 4 ? 1 - i * 0.001 : 0.5,
        resource: RESOURCES[place],
        resource_hash: hashOf(row?.name ?? '', place),
        error_type: failed ? 'TimeoutError' : '',
        error_message: failed ? 'stock did not answer within 500 ms' : '',
      });
    }).filter(({ duration_ns }) => duration_ns >= least && duration_ns <= most);
  return {
    env,
    service: { name: row?.name ?? '', slot: row?.slot ?? 1 },
    operation: row?.operation ?? '',
    resource: found ? RESOURCES[found.place] : null,
    from_ns: list.from_ns,
    to_ns: list.to_ns,
    requests: row?.requests ?? 0,
    slowest: some(8.8, false),
    errors: (row?.errors ?? 0) > 0 ? some(1.1, true) : [],
    typical: some(0.8, false),
    newest: some(1, false),
    near_ns: null,
    near: [],
  };
}

/**
 * What the server answers at one of these addresses: null when it isn't one, undefined when there is no such thing.
 *
 * @param {URL} url @param {number} nowMs @param {string} traceId of the exemplars
 * @returns {object | null | undefined}
 */
export function answerOverTime({ pathname, searchParams: query }, nowMs, traceId) {
  const of = /^\/api\/ui\/(services|resources)\/([^/]+)(?:\/(resources|exemplars))?$/.exec(pathname);
  if (!of) return null;
  const name = decodeURIComponent(of[2]);
  if (of[1] === 'resources')
    return of[3] ? exemplarsOf(nowMs, { hash: name }, query, traceId) : resourceOverTime(nowMs, name, query);
  if (of[3] === 'resources') return resourceListOf(nowMs, name, query);
  return of[3] ? exemplarsOf(nowMs, { service: name }, query, traceId) : serviceOverTime(nowMs, name, query);
}
