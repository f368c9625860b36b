// What a figure of a service or a resource was made of, in words, and as a search for the spans.

import type { ResourceOverTime, ServiceOverTime } from '../../api/types';
import { formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { millisOf } from '../../format/time';
import { term } from '../spans/span-query';
import type { SpansSearch } from '../spans/spans-search';

export type Figure = 'requests' | 'errors' | 'latency' | 'maximum' | 'apdex' | 'total-time';

export interface Explained {
  // How true it is.
  accuracy: string;
  // What it is of.
  population: string;
  // Nothing where no span has these names.
  spans: { label: string; search: SpansSearch } | null;
}

type Data = ServiceOverTime | ResourceOverTime;

// In place of a name: what was beyond a limit, here or at a tracer. Its spans have names of their own.
const BEYOND_LIMITS = new Set(['agent_blocked_value', 'tracer_blocked_value']);

export function explain(figure: Figure, data: Data): Explained {
  return { accuracy: accuracyOf(figure, data), population: populationOf(data), spans: spansOf(figure, data) };
}

function accuracyOf(figure: Figure, { total }: Data): string {
  const byClients = total.latency.max_estimated;
  if (figure === 'maximum') return byClients ? 'Estimated: a tracer counted some of it.' : 'Exact.';
  if (figure === 'latency') {
    return byClients
      ? 'Estimated, right to 2.6 %: from a sketch of all durations, some of which a tracer counted.'
      : 'Estimated, right to 1 %: from a sketch of all durations.';
  }
  if (figure === 'apdex') return 'Estimated as finely as a sketch of all durations has bins: 1 %.';
  if (!Number.isInteger(total.requests)) {
    return 'Estimated: a tracer sent a part of its spans, each of which counts for those that it stands for.';
  }
  return byClients
    ? 'Exact: every span was counted, some by their tracers, which needn’t have sent them all.'
    : 'Exact: every span was counted, before any sampling here. Where a tracer left some out and said at what rate, each counts for those that it stands for.';
}

function populationOf(data: Data): string {
  const of = 'resource' in data ? `${data.resource} (${data.operation})` : data.operation;
  const requests = formatCountOf(data.total.requests, 'request');
  return `Of ${requests}: entry spans ${of} of ${data.service.name} in env ${data.env}. They are counted when they end, and listed by when they began.`;
}

function spansOf(figure: Figure, data: Data): Explained['spans'] {
  const names = [data.service.name, data.operation, ...('resource' in data ? [data.resource] : [])];
  if (data.total.requests === 0 || names.some((name) => BEYOND_LIMITS.has(name))) return null;
  const terms = [
    term('env', data.env),
    term('service', data.service.name),
    term('operation_name', data.operation),
    ...('resource' in data ? [term('resource_name', data.resource)] : []),
    '@_top_level:1',
  ];
  // Fixed: what this number is of doesn't slide on while somebody looks at it.
  const fixed = (ns: string) => new Date(millisOf(ns)).toISOString();
  const search = (more: string[], sort?: SpansSearch['sort']): SpansSearch => ({
    q: [...terms, ...more].join(' '),
    ...(sort && { sort }),
    from: fixed(data.from_ns),
    to: fixed(data.covered_to_ns),
  });
  const { p95_ns } = data.total.latency;
  switch (figure) {
    case 'requests':
      return { label: 'Show their spans', search: search([]) };
    case 'errors':
      return data.total.errors === 0 ? null : { label: 'Show what failed', search: search(['status:error']) };
    case 'latency': {
      if (p95_ns === null) return null;
      // Not above it: what has this duration is found, too, although a sketch is right to 1 % only.
      const from = Math.floor(p95_ns * 0.99);
      return {
        label: `Show what took ${formatDuration(p95_ns)} (p95) or longer`,
        search: search([`@duration:>=${from}ns`], '-@duration'),
      };
    }
    case 'apdex': {
      const frustrated = 4 * data.apdex_threshold_ns;
      return {
        label: `Show what took longer than ${formatDuration(frustrated)}`,
        search: search([`@duration:>${frustrated}ns`], '-@duration'),
      };
    }
    case 'maximum':
    case 'total-time':
      return { label: 'Show the slowest spans', search: search([], '-@duration') };
  }
}
