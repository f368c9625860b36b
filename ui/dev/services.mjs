// Made-up numbers of services, for the mock server and for tests: the same for the same seed and time.

import { seededRandom } from './random.mjs';
import { SERVICES } from './scenarios.mjs';
import { serviceRef } from './skeleton.mjs';

/** @typedef {import('../src/api/types').ServiceList} ServiceList */
/** @typedef {import('../src/api/types').ServiceRow} ServiceRow */
/** @typedef {import('./random.mjs').Random} Random */

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {string} type
 * @property {string} language
 * @property {number} rate requests a second
 * @property {number} ms average latency
 * @property {number} failing share of requests
 * @property {string[]} [calledBy] makes it a dependency
 * @property {number} [since] minutes for which it has been there
 */

/** @type {Kind[]} */
const KINDS = [
  { name: 'storefront', type: 'web', language: 'javascript', rate: 84, ms: 180, failing: 0.0021 },
  { name: 'cart', type: 'web', language: 'go', rate: 61.5, ms: 12, failing: 0 },
  { name: 'payments', type: 'web', language: 'jvm', rate: 4.2, ms: 240, failing: 0.038 },
  { name: 'fraud-detection', type: 'web', language: 'python', rate: 4.1, ms: 95, failing: 0.0004 },
  { name: 'inventory', type: 'web', language: 'ruby', rate: 38, ms: 31, failing: 0.006 },
  { name: 'recommendations', type: 'web', language: 'python', rate: 80, ms: 22, failing: 0 },
  { name: 'shipping', type: 'worker', language: 'dotnet', rate: 0.9, ms: 1_400, failing: 0.011 },
  { name: 'mailer', type: 'queue', language: 'php', rate: 0.004, ms: 310, failing: 0 },
  { name: 'thinker-api', type: 'web', language: 'python', rate: 0.31, ms: 910, failing: 0.31, since: 20 },
  {
    name: 'thinker-microservice-for-the-longest-of-thoughts-in-staging-eu-west',
    type: '',
    language: 'python',
    rate: 0.3,
    ms: 620,
    failing: 0,
  },
  {
    name: 'postgres',
    type: 'sql',
    language: '',
    rate: 390,
    ms: 2.1,
    failing: 0.0001,
    calledBy: ['cart', 'inventory', 'payments'],
  },
  { name: 'redis', type: 'redis', language: '', rate: 512, ms: 0.4, failing: 0, calledBy: ['cart', 'storefront'] },
  { name: 'orders', type: 'queue', language: '', rate: 4.2, ms: 3.2, failing: 0, calledBy: ['payments'] },
  { name: 'api.stripe.com', type: 'http', language: '', rate: 4, ms: 140, failing: 0.012, calledBy: ['payments'] },
];

const MINUTE_NS = 60_000_000_000n;
const POINTS = 60;

/** @param {Random} random @param {Kind} kind @param {bigint} nowNs @param {number} lastShare @returns {ServiceRow} */
function rowOf(random, kind, nowNs, lastShare) {
  const { calledBy, since = POINTS } = kind;
  const series = { requests: [], errors: [], avg_ns: [] };
  const columns = /** @type {Record<'requests' | 'errors' | 'avg_ns', (number | null)[]>} */ (series);
  const phase = random.next() * 6;
  for (let point = 0; point < POINTS; point++) {
    const share = point === POINTS - 1 ? lastShare : 1;
    const swing = (1 + 0.35 * Math.sin(phase + point / 7)) * (0.85 + 0.3 * random.next());
    const requests = point < POINTS - since ? 0 : Math.floor(kind.rate * 60 * swing * share + random.next());
    const bad = kind.failing * (random.chance(0.06) ? 6 : 1);
    columns.requests.push(requests);
    columns.errors.push(Math.min(requests, Math.floor(requests * bad + random.next() * Math.min(1, bad * 20))));
    columns.avg_ns.push(requests === 0 ? null : kind.ms * 1e6 * (0.8 + 0.4 * random.next() + (bad > 0.05 ? 0.8 : 0)));
  }
  const sum = (/** @type {(number | null)[]} */ values) =>
    values.reduce((/** @type {number} */ total, value) => total + (value ?? 0), 0);
  const requests = sum(series.requests);
  const errors = sum(series.errors);
  const total = series.requests.reduce((time, count, i) => time + count * (columns.avg_ns[i] ?? 0), 0);
  const average = requests > 0 ? total / requests : null;
  const timesAverage = (/** @type {number} */ factor) => (average === null ? null : Math.round(average * factor));
  const frustrated = Math.min(0.5, kind.ms > 500 ? 0.2 : kind.failing / 2);
  const tolerating = kind.ms > 100 ? 0.18 : 0.01;
  const operation = `${kind.type || 'custom'}.request`;
  return {
    ...serviceRef(kind.name),
    type: kind.type,
    language: kind.language,
    operation,
    operations: [{ name: operation, requests }],
    overflow: false,
    is_dependency: calledBy !== undefined,
    called_by: calledBy ?? [],
    last_seen_ns: String(nowNs - BigInt(Math.round(Math.min(600, 1 / kind.rate) * 1e9))),
    apdex_threshold_ns: 500_000_000,
    requests,
    requests_per_s: requests / (since * 60),
    errors,
    error_rate: requests > 0 ? errors / requests : null,
    total_time_ns: total,
    covered_s: since * 60,
    latency: {
      n: requests,
      avg_ns: average,
      p50_ns: timesAverage(0.8),
      p75_ns: timesAverage(1.2),
      p90_ns: timesAverage(1.9),
      p95_ns: timesAverage(2.6),
      p99_ns: timesAverage(4.4),
      max_ns: timesAverage(9),
      max_estimated: kind.language === 'jvm',
    },
    apdex:
      kind.type === 'web' && calledBy === undefined
        ? {
            score: 1 - frustrated - tolerating / 2,
            satisfied: 1 - frustrated - tolerating,
            tolerating,
            frustrated,
          }
        : null,
    time_share: 0,
    series,
  };
}

/** @param {number} count @returns {Kind[]} */
function manyKinds(count) {
  const random = seededRandom(99);
  return Array.from({ length: count }, (_, i) => ({
    ...KINDS[i % 9],
    name: `${KINDS[i % 9].name}-${String(i).padStart(4, '0')}`,
    rate: random.next() * 50,
    ms: 2 + random.next() * 300,
  }));
}

// As they were before, where that was otherwise: one fails more by now, one has become faster, one is busier.
/** @type {Record<string, Partial<Kind>>} */
const BEFORE = {
  payments: { failing: 0.004 },
  inventory: { ms: 74 },
  cart: { rate: 30 },
};

// With `before`, that of an earlier time, in which services that are new weren't there.
/**
 * @param {number} nowMs
 * @param {{ env?: string, count?: number, quiet?: boolean, before?: boolean }} options
 * @returns {ServiceList}
 */
export function serviceListOf(nowMs, { env = 'production', count = 0, quiet = false, before = false } = {}) {
  const random = seededRandom(env.length * 31 + 5);
  const nowNs = BigInt(nowMs) * 1_000_000n;
  const lastBegin = (nowNs / MINUTE_NS) * MINUTE_NS;
  const to = lastBegin + MINUTE_NS;
  const all = quiet ? [] : count > 0 ? manyKinds(count) : env === 'production' ? KINDS : KINDS.slice(0, 3);
  const kinds = before ? all.filter(({ since }) => !since).map((kind) => ({ ...kind, ...BEFORE[kind.name] })) : all;
  const services = kinds.map((kind) => rowOf(random, kind, nowNs, Number(nowNs - lastBegin) / Number(MINUTE_NS)));
  const time = services.reduce((sum, row) => sum + (row.is_dependency ? 0 : row.total_time_ns), 0);
  for (const row of services) row.time_share = row.is_dependency ? 0 : row.total_time_ns / time;
  const from = to - BigInt(POINTS) * MINUTE_NS;
  return {
    env,
    from_ns: String(from),
    to_ns: String(to),
    step_ns: Number(MINUTE_NS),
    points: POINTS,
    partial_last_point: true,
    covered_from_ns: String(from),
    covered_to_ns: String(nowNs),
    services: services.sort((a, b) => (a.name < b.name ? -1 : 1)),
    silent: [
      { name: 'nightly-import', slot: SERVICES.length + 2, last_seen_ns: String(nowNs - 200n * MINUTE_NS) },
      { name: 'legacy-orders', slot: SERVICES.length + 3, last_seen_ns: String(nowNs - 9_000n * MINUTE_NS) },
    ],
  };
}

/** @param {number} nowMs @returns {import('../src/api/types').Bootstrap} */
export function bootstrapOf(nowMs) {
  const nowNs = BigInt(nowMs) * 1_000_000n;
  return {
    version: '0.1.0',
    now_ns: String(nowNs),
    listeners: { agent: ['http://127.0.0.1:8126'], agent_socket: null, ui: 'http://127.0.0.1:8127' },
    envs: [
      { name: 'production', last_seen_ns: String(nowNs) },
      { name: 'staging', last_seen_ns: String(nowNs - 3n * MINUTE_NS) },
    ],
    default_env: 'production',
    first_seen_ns: String(nowNs - 100n * MINUTE_NS),
    first_span_received: true,
  };
}
