// The whole application at an address, in front of a server made of functions.

import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { vi } from 'vitest';
import { answerOverTime } from '../../dev/over-time.mjs';
import * as scenarios from '../../dev/scenarios.mjs';
import { bootstrapOf, serviceListOf } from '../../dev/services.mjs';
import { detailOf, foundSpanOf, skeletonOf, summaryOf, textOf } from '../../dev/skeleton.mjs';
import { createQueryClient } from '../api/queries';
import type { Bootstrap, Match, ServiceList, SpanList, Status, TraceList, UiError } from '../api/types';
import { createAppRouter } from '../app/router';
import { type Scenario, TRACE_ID } from './traces';

export interface FakeServer {
  status: Status;
  bootstrap: Bootstrap;
  services: (query: URLSearchParams) => ServiceList | UiError;
  // Services and resources over time, and what belongs to them; null at other addresses, undefined what isn't known.
  overTime: (url: URL) => object | null | undefined;
  // What a text stands for.
  matches: (text: string) => Match[];
  // What was changed, newest last.
  changes: { path: string; body: unknown }[];
  traces: (query: URLSearchParams) => TraceList | UiError;
  spans: (query: URLSearchParams) => SpanList | UiError;
  // Scenarios by trace id.
  scenarios: Map<string, Scenario>;
  // Addresses that were asked for, newest last.
  asked: string[];
}

const STATUS: Status = {
  version: '0.1.0',
  started_ns: '1795269800000000000',
  now_ns: '1795269900000000000',
  agent: { urls: ['http://127.0.0.1:8126'], socket: '/data/apm.socket' },
  ui: { url: 'http://127.0.0.1:8127' },
  default_env: 'none',
  first_span_received: true,
  spans_stored: 4,
  data_dir: '/data',
  durable: true,
};

export function fakeServer(): FakeServer {
  const now = BigInt(Date.now()) * 1_000_000n;
  const summaries = [scenarios.thinker, scenarios.productPage].map((scenario, i) =>
    summaryOf(
      scenarios.buildTrace(`${i}`.repeat(16).padStart(32, 'a'), now - BigInt(i) * 60_000_000_000n, i, scenario),
    ),
  );
  const thinker = scenarios.buildTrace(TRACE_ID, now, 1, scenarios.thinker);
  return {
    status: { ...STATUS, now_ns: `${now}` },
    bootstrap: bootstrapOf(Date.now()),
    services: (query) =>
      serviceListOf(Date.now(), { env: query.get('env') ?? 'production', before: query.get('to') !== 'now' }),
    overTime: (url) => answerOverTime(url, Date.now(), TRACE_ID),
    matches: () => [],
    changes: [],
    traces: () => ({ traces: summaries, cursor: null, from_ns: '0', to_ns: '0' }),
    spans: () => ({
      spans: thinker.spans.map((span) => foundSpanOf(thinker, span)),
      cursor: null,
      from_ns: '0',
      to_ns: '0',
    }),
    scenarios: new Map([[TRACE_ID, scenarios.thinker]]),
    asked: [],
  };
}

function answer(body: object): Response {
  const code = 'code' in body ? body.code : '';
  const status = 'request_id' in body ? (code === 'not_found' ? 404 : code === 'invalid_input' ? 400 : 503) : 200;
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

function respond(server: FakeServer, url: URL): Response {
  if (url.pathname === '/api/ui/status') return answer(server.status);
  if (url.pathname === '/api/ui/resolve')
    return answer({ matches: server.matches(url.searchParams.get('text') ?? '') });
  if (url.pathname === '/api/ui/bootstrap') return answer(server.bootstrap);
  if (url.pathname === '/api/ui/services') return answer(server.services(url.searchParams));
  const missing: UiError = { code: 'not_found', message: 'Nothing is known of it.', request_id: 'req-1' };
  const known = server.overTime(url);
  if (known !== null) return answer(known ?? missing);
  if (url.pathname === '/api/ui/traces') return answer(server.traces(url.searchParams));
  if (url.pathname === '/api/ui/spans') return answer(server.spans(url.searchParams));
  const [, traceId, spanId] = /^\/api\/ui\/traces\/(\w+)\/(?:skeleton|text|spans\/(\w+))$/.exec(url.pathname) ?? [];
  const scenario = server.scenarios.get(traceId);
  if (!scenario) return answer(missing);
  const trace = scenarios.buildTrace(traceId, 1_795_269_807_123_456_789n, 1, scenario);
  if (url.pathname.endsWith('/text')) return new Response(textOf(trace));
  if (!spanId) return answer(skeletonOf(trace));
  return answer({ spans: trace.spans.filter((span) => span.id === spanId).map((span) => detailOf(trace, span)) });
}

export function renderApp(path: string, server: FakeServer = fakeServer()) {
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    if (request.method === 'PUT') {
      server.changes.push({ path: url.pathname + url.search, body: await request.json() });
      return answer({});
    }
    server.asked.push(url.pathname + url.search);
    return respond(server, url);
  });
  const history = createMemoryHistory({ initialEntries: [path] });
  const client = createQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  const user = userEvent.setup();
  const rendered = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={createAppRouter(history)} />
    </QueryClientProvider>,
  );
  return { ...rendered, history, server, user };
}
