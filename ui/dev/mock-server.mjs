// A stand-in for the server, for working on the UI: serves ui/dist and answers /api/ui from made-up traces.
//
//   node dev/mock-server.mjs [--port 8127 | --port 0 for a free one] [--mode normal|empty|quiet|many|error|slow|down] [--prefix /apm]
//
// POST /__mock/mode/<mode> changes the mode while it runs; `arriving` lets the growing trace begin anew. A new trace comes
// every seven seconds.

import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answerOverTime } from './over-time.mjs';
import * as scenarios from './scenarios.mjs';
import { bootstrapOf, serviceListOf } from './services.mjs';
import { detailOf, foundSpanOf, skeletonOf, summaryOf, textOf } from './skeleton.mjs';

/** @typedef {import('./span-builder.mjs').MockTrace} MockTrace */
/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '8127' },
    mode: { type: 'string', default: 'normal' },
    prefix: { type: 'string', default: '' },
  },
});

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const STARTED_MS = Date.now();
const EVERY_MS = 7_000;
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'";
const CONTENT_TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
});

let mode = flags.mode;
let arrivingSinceMs = STARTED_MS;

// Traces with a fixed id, told as if from some minutes before the start.
const PINNED = [
  { id: '6921a4c70000000067e1f2a03b4c5d6e', ageS: 40, scenario: scenarios.thinker },
  {
    id: '6921a4c700000000000000000000d002',
    ageS: 95,
    scenario: (/** @type {scenarios.Builder} */ b) => scenarios.checkout(b, { items: 40, rounds: 45, declined: true }),
  },
  {
    id: '6921a4c700000000000000000000d003',
    ageS: 900,
    scenario: (/** @type {scenarios.Builder} */ b) => scenarios.nightlyImport(b, 50_000),
  },
  { id: '6921a4c700000000000000000000d004', ageS: 150, scenario: scenarios.broken },
  { id: '6921a4c700000000000000000000d007', ageS: 260, scenario: scenarios.deep },
  {
    id: '6921a4c700000000000000000000d006',
    ageS: 210,
    scenario: (/** @type {scenarios.Builder} */ b) => scenarios.checkout(b, { items: 20, declined: true }),
  },
];
// Found by their ids only: lists would wait for them.
const UNLISTED = [
  ...[1_000, 10_000, 100_000, 500_000].map((size, i) => ({
    id: `6921a4c700000000000000000000d01${i}`,
    ageS: 600,
    scenario: (/** @type {scenarios.Builder} */ b) => scenarios.nightlyImport(b, size),
  })),
  { id: '6921a4c700000000000000000000d018', ageS: 700, scenario: scenarios.recursion },
  { id: '6921a4c700000000000000000000d019', ageS: 1_000_000, scenario: scenarios.hostile },
];
const ARRIVING_ID = '6921a4c700000000000000000000d005';

/** @type {Map<string, MockTrace>} */
const built = new Map();

/** @param {string} id @param {number} startMs @param {number} seed @param {(b: scenarios.Builder) => void} scenario */
function builtOnce(id, startMs, seed, scenario) {
  const known = built.get(id);
  if (known) return known;
  const trace = scenarios.buildTrace(id, BigInt(startMs) * 1_000_000n + 123_456n, seed, scenario);
  built.set(id, trace);
  return trace;
}

/** @param {typeof PINNED[number]} pinned @param {number} place */
function pinnedTrace(pinned, place) {
  return builtOnce(pinned.id, STARTED_MS - pinned.ageS * 1000, 7 + place, pinned.scenario);
}

function arrivingTrace() {
  const seconds = (Date.now() - arrivingSinceMs) / 1000;
  return scenarios.buildTrace(
    ARRIVING_ID,
    BigInt(arrivingSinceMs - 5_000) * 1_000_000n,
    5,
    (b) => scenarios.arriving(b, seconds),
    seconds < 60,
  );
}

// The n-th trace of the endless stream, counted from 1970.
/** @param {number} n */
function streamedTrace(n) {
  const startMs = n * EVERY_MS + ((Math.imul(n, 2654435761) >>> 0) % 5_000);
  const id =
    Math.floor(startMs / 1000)
      .toString(16)
      .padStart(8, '0') +
    '00000000' +
    n.toString(16).padStart(16, '0');
  const kind = (Math.imul(n, 40503) >>> 0) % 10;
  const scenario =
    kind < 5
      ? scenarios.productPage
      : kind < 8
        ? scenarios.checkout
        : kind < 9
          ? scenarios.thinker
          : scenarios.stockTimeout;
  return builtOnce(id, startMs, n, scenario);
}

/** @param {string} id */
function traceById(id) {
  const hex = /^\d{17,39}$/.test(id) ? BigInt(id).toString(16) : id.toLowerCase();
  const low = hex.padStart(16, '0').slice(-16);
  if (ARRIVING_ID.endsWith(low)) return arrivingTrace();
  const place = PINNED.findIndex((pinned) => pinned.id.endsWith(low));
  if (place >= 0) return pinnedTrace(PINNED[place], place);
  const unlisted = UNLISTED.find((each) => each.id.endsWith(low));
  if (unlisted) return pinnedTrace(unlisted, 100);
  const n = Number.parseInt(low, 16);
  const newest = Math.floor(Date.now() / EVERY_MS);
  return n > newest - 20_000 && n <= newest ? streamedTrace(n) : undefined;
}

/** @param {string | null} text @param {number} otherwise */
function timeOf(text, otherwise) {
  if (!text) return otherwise;
  const relative = /^now(?:-(\d+)(s|m|h|d|w))?$/.exec(text);
  if (relative) {
    const unit = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }[relative[2] ?? 's'] ?? 1e3;
    return Date.now() - Number(relative[1] ?? 0) * unit;
  }
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

/** @param {URLSearchParams} query */
function listTraces(query) {
  const from = timeOf(query.get('from'), Date.now() - 36e5);
  const to = timeOf(query.get('to'), Date.now());
  const limit = Number(query.get('limit') ?? 50);
  const onlyErrors = query.get('errors') === 'true';
  let before = Number(query.get('cursor') ?? to);
  const traces = [];
  const fixed = [arrivingTrace(), ...PINNED.map(pinnedTrace)]
    .map((trace) => ({ trace, startMs: Number(trace.startNs / 1_000_000n) }))
    .sort((a, b) => b.startMs - a.startMs);
  let n = Math.floor(before / EVERY_MS);
  while (traces.length < limit) {
    const streamed = streamedTrace(n);
    const startMs = Number(streamed.startNs / 1_000_000n);
    const next = fixed.find((other) => other.startMs < before && other.startMs >= startMs);
    if (!next && startMs < from) break;
    if (!next) n--;
    const trace = next?.trace ?? streamed;
    const at = next?.startMs ?? startMs;
    if (at >= before || at < from) continue;
    before = at;
    const summary = summaryOnce(trace);
    if (!onlyErrors || (summary.errors ?? 0) > 0) traces.push(summary);
  }
  return {
    traces,
    cursor: traces.length === limit ? String(before) : null,
    from_ns: String(from * 1e6),
    to_ns: String(to * 1e6),
  };
}

/** @type {WeakMap<MockTrace, ReturnType<typeof summaryOf>>} */
const summaries = new WeakMap();
/** @param {MockTrace} trace */
function summaryOnce(trace) {
  const known = summaries.get(trace) ?? summaryOf(trace);
  summaries.set(trace, known);
  return known;
}

/** @type {WeakMap<MockTrace, string>} */
const skeletons = new WeakMap();
/** @param {MockTrace} trace */
function skeletonText(trace) {
  const known = skeletons.get(trace) ?? JSON.stringify(skeletonOf(trace));
  skeletons.set(trace, known);
  return known;
}

function statusAnswer() {
  return {
    version: '0.1.0',
    started_ns: String(BigInt(STARTED_MS) * 1_000_000n),
    now_ns: String(BigInt(Date.now()) * 1_000_000n),
    agent: { urls: ['http://127.0.0.1:8126'], socket: '/var/lib/vizsla/apm.socket' },
    ui: { url: `http://127.0.0.1:${flags.port}` },
    default_env: 'none',
    first_span_received: mode !== 'empty',
    spans_stored: mode === 'empty' ? 0 : 1_284_113,
    data_dir: '/var/lib/vizsla',
    durable: true,
  };
}

/** @param {Response} response @param {number} status @param {string} code @param {string} message */
function refuse(response, status, code, message) {
  answer(response, status, JSON.stringify({ code, message, request_id: 'req-7f3a91c2' }));
}

/** @param {Response} response @param {number} status @param {string} body @param {Record<string, string>} headers */
function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}

/** @param {URL} url @param {Response} response */
function answerApi(url, response) {
  const path = url.pathname;
  if (path === '/api/ui/status') return answer(response, 200, JSON.stringify(statusAnswer()));
  if (mode === 'error')
    return refuse(response, 503, 'unavailable', 'The query queue is full: 16 are running and 64 wait.');
  if (path === '/api/ui/bootstrap') return answer(response, 200, JSON.stringify(bootstrapOf(Date.now())));
  if (path === '/api/ui/services') {
    const env = url.searchParams.get('env') ?? 'production';
    const to = timeOf(url.searchParams.get('to'), Date.now());
    const before = to < Date.now() - 60_000;
    const count = mode === 'many' ? 1_000 : 0;
    const list = serviceListOf(before ? to : Date.now(), { env, count, quiet: mode === 'quiet', before });
    return answer(response, 200, JSON.stringify(list));
  }
  if (path === '/api/ui/resolve') {
    const text = (url.searchParams.get('text') ?? '').toLowerCase();
    const { services } = serviceListOf(Date.now());
    const matches = services.filter(({ name }) => name.includes(text));
    const found = matches.map(({ name, slot }) => ({ kind: 'service', service: name, slot }));
    return answer(response, 200, JSON.stringify({ matches: found }));
  }
  const known = answerOverTime(url, Date.now(), PINNED[0].id);
  if (known) return answer(response, 200, JSON.stringify(known));
  if (known === undefined) return refuse(response, 404, 'not_found', 'Nothing is known of it.');
  if (path === '/api/ui/traces') {
    const list =
      mode === 'empty' || mode === 'quiet'
        ? { traces: [], cursor: null, from_ns: '0', to_ns: '0' }
        : listTraces(url.searchParams);
    return answer(response, 200, JSON.stringify(list));
  }
  if (path === '/api/ui/spans') {
    const traces = mode === 'empty' || mode === 'quiet' ? [] : PINNED.slice(0, 4).map(pinnedTrace);
    const spans = traces.flatMap((trace) => trace.spans.slice(0, 50).map((span) => foundSpanOf(trace, span)));
    return answer(response, 200, JSON.stringify({ spans, cursor: null, from_ns: '0', to_ns: '0' }));
  }
  const match = /^\/api\/ui\/traces\/([^/]+)\/(skeleton|text|spans\/([0-9a-f]+))$/.exec(path);
  if (!match) return refuse(response, 404, 'not_found', 'No such route.');
  const trace = traceById(match[1]);
  if (!trace) return refuse(response, 404, 'not_found', `No span of trace ${match[1]} is stored.`);
  if (match[2] === 'skeleton') {
    return answer(response, 200, skeletonText(trace), {
      ETag: `"${trace.spans.length}-${trace.arriving}"`,
      'Cache-Control': 'no-cache',
    });
  }
  if (match[2] === 'text') return answer(response, 200, textOf(trace), { 'Content-Type': 'text/plain' });
  const spans = trace.spans.filter((span) => span.id === match[3]);
  if (spans.length === 0) return refuse(response, 404, 'not_found', 'No such span in this trace.');
  return answer(response, 200, JSON.stringify({ spans: spans.map((span) => detailOf(trace, span)) }));
}

/** @param {string} path @param {Response} response */
function answerFile(path, response) {
  const file = normalize(join(DIST, path));
  const isAsset = file.startsWith(DIST) && statSync(file, { throwIfNoEntry: false })?.isFile();
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  if (isAsset && !file.endsWith('index.html')) {
    response.setHeader('Content-Type', CONTENT_TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
    return;
  }
  // Every other path is a page of the UI.
  const page = readFileSync(join(DIST, 'index.html'), 'utf8').replace(
    '<base href="/"',
    `<base href="${flags.prefix}/"`,
  );
  response.writeHead(200, { 'Content-Type': CONTENT_TYPES['.html'], 'Cache-Control': 'no-cache' }).end(page);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST' && url.pathname.startsWith('/__mock/mode/')) {
    mode = url.pathname.slice('/__mock/mode/'.length);
    if (mode === 'arriving') arrivingSinceMs = Date.now();
    return answer(response, 200, JSON.stringify({ mode }));
  }
  if (!url.pathname.startsWith(flags.prefix)) return refuse(response, 404, 'not_found', 'Outside the prefix.');
  url.pathname = url.pathname.slice(flags.prefix.length) || '/';
  if (url.pathname === '/healthz') return answer(response, 200, 'ok\n', { 'Content-Type': 'text/plain' });
  if (!url.pathname.startsWith('/api/')) return answerFile(url.pathname, response);
  if (mode === 'down') return request.socket.destroy();
  if (mode === 'slow') await new Promise((resolve) => setTimeout(resolve, 4_000));
  return answerApi(url, response);
});

server.listen(Number(flags.port), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : flags.port;
  process.stdout.write(`http://127.0.0.1:${port}${flags.prefix}\n`);
});
