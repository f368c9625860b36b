// What screens ask for, as TanStack Query options: keys, how long answers stay fresh, when to ask again.

import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import {
  type ExemplarsQuery,
  getBootstrap,
  getResource,
  getResourceExemplars,
  getService,
  getServiceExemplars,
  getSpanDetails,
  getStatus,
  getTraceSkeleton,
  listFoundSpans,
  listResources,
  listServices,
  listTraces,
  type ResourceQuery,
  type ResourcesQuery,
  resolveText,
  type ServiceListQuery,
  type ServiceQuery,
  type SpanListQuery,
  type VersionedSkeleton,
} from './client';
import { currentConnection } from './connection';
import { ApiError } from './errors';
import type { SpanDetail } from './types';

const ATTEMPTS = 3;
const STATUS_WAITING_MS = 2_000;
const STATUS_IDLE_MS = 60_000;
const BOOTSTRAP_WAITING_MS = 5_000;
const BOOTSTRAP_IDLE_MS = 60_000;
// An hour of minutes touches 61 of them.
const SPARKLINE_POINTS = 61;
// A chart has some 400 pixels.
const CHART_POINTS = 120;
const SKELETON_ARRIVING_MS = 5_000;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: false,
        // Asking a stopped server again is the page's decision, not the browser's idea of being online.
        networkMode: 'always',
        // A server that says it has too much to do isn't pressed: blocks count down until they ask it again.
        retry: (failures, error) =>
          failures < ATTEMPTS - 1 && error instanceof ApiError && error.transient && !error.passing,
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
      },
    },
  });
}

interface Refused {
  state: { error: Error | null };
}

// Again and again, but not before the server wants to be asked. False: not at all.
export function refetchEvery(everyMs: number | false) {
  return ({ state: { error } }: Refused) =>
    everyMs && Math.max(everyMs, (error instanceof ApiError && error.retryAfterMs) || 0);
}

// Asked every two seconds until the first span has arrived or while the server doesn't answer, whoever found that out;
// else once a minute.
export function statusQuery() {
  return queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => getStatus(signal),
    retry: false,
    refetchInterval: ({ state }) => {
      const well = state.data?.first_span_received && state.status !== 'error' && currentConnection().reachable;
      return well ? STATUS_IDLE_MS : STATUS_WAITING_MS;
    },
  });
}

// What there is to choose from changes seldom; while there is no env yet, the first one is waited for.
export function bootstrapQuery() {
  return queryOptions({
    queryKey: ['bootstrap'],
    queryFn: ({ signal }) => getBootstrap(signal),
    staleTime: BOOTSTRAP_IDLE_MS,
    refetchInterval: ({ state }) => (state.data?.envs.length ? BOOTSTRAP_IDLE_MS : BOOTSTRAP_WAITING_MS),
  });
}

// Nothing is asked of a text that would fit half of everything.
const RESOLVED_LETTERS = 2;

export function resolveQuery(text: string) {
  return queryOptions({
    queryKey: ['resolve', text],
    queryFn: ({ signal }) => resolveText(text, signal),
    enabled: text.length >= RESOLVED_LETTERS,
    placeholderData: (before) => (text.length >= RESOLVED_LETTERS ? before : undefined),
    retry: false,
  });
}

export function serviceListQuery(asked: Omit<ServiceListQuery, 'points' | 'fit'> & { fit?: boolean }) {
  const { fit = true, ...others } = asked;
  const filter = { ...others, points: SPARKLINE_POINTS, fit };
  return queryOptions({
    queryKey: ['services', filter],
    queryFn: ({ signal }) => listServices(filter, signal),
  });
}

// Of a service's operation; the primary one where the query names none.
export function serviceQuery(service: string, asked: ServiceQuery) {
  const query = { ...asked, points: CHART_POINTS, fit: true };
  return queryOptions({
    queryKey: ['service', service, query],
    queryFn: ({ signal }) => getService(service, query, signal),
  });
}

export function resourcesQuery(service: string, query: ResourcesQuery) {
  return queryOptions({
    queryKey: ['resources', service, query],
    queryFn: ({ signal }) => listResources(service, query, signal),
  });
}

export function resourceQuery(hash: string, asked: ResourceQuery) {
  const query = { ...asked, points: CHART_POINTS, fit: true };
  return queryOptions({
    queryKey: ['resource', hash, query],
    queryFn: ({ signal }) => getResource(hash, query, signal),
  });
}

// Requests to look at: of one resource, or of all that a service's operation has.
export type ExemplarsOf = { hash: string } | { service: string; operation: string };

export function exemplarsQuery(of: ExemplarsOf, query: ExemplarsQuery) {
  return queryOptions({
    queryKey: ['exemplars', of, query],
    queryFn: ({ signal }) =>
      'hash' in of
        ? getResourceExemplars(of.hash, query, signal)
        : getServiceExemplars(of.service, { ...query, operation: of.operation }, signal),
  });
}

export interface TraceListFilter {
  from: string;
  to: string;
  errors: boolean;
}

export function traceListQuery(filter: TraceListFilter) {
  return infiniteQueryOptions({
    queryKey: ['traces', filter],
    queryFn: ({ pageParam, signal }) =>
      listTraces(pageParam === null ? filter : { ...filter, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
  });
}

const SPANS_A_PAGE = 200;

// A query that isn't understood is answered with an error: asking again doesn't help.
export function spanListQuery(filter: Required<Pick<SpanListQuery, 'from' | 'to' | 'query' | 'sort'>>) {
  return infiniteQueryOptions({
    queryKey: ['spans', filter],
    queryFn: ({ pageParam, signal }) =>
      listFoundSpans({ ...filter, limit: SPANS_A_PAGE, ...(pageParam !== null && { cursor: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
  });
}

// The newest trace of the last day; null when there is none.
export function newestTraceQuery() {
  return queryOptions({
    queryKey: ['newest-trace'],
    queryFn: async ({ signal }) => {
      const { traces } = await listTraces({ from: 'now-1d', to: 'now', errors: false, limit: 1 }, signal);
      return traces[0] ?? null;
    },
  });
}

export function skeletonQuery(traceId: string) {
  return queryOptions({
    queryKey: ['skeleton', traceId],
    queryFn: ({ signal }) => getTraceSkeleton(traceId, signal),
    // The default compares value by value, which is slow on a million numbers; the server says whether it changed.
    structuralSharing: (before, after) => (sameVersion(before, after) ? before : after),
    refetchInterval: ({ state }) => (state.data?.skeleton.arriving ? SKELETON_ARRIVING_MS : false),
    staleTime: 60_000,
  });
}

function sameVersion(before: unknown, after: unknown): boolean {
  const [a, b] = [before, after] as [VersionedSkeleton | undefined, VersionedSkeleton];
  return a !== undefined && b.etag !== '' && a.etag === b.etag;
}

export function spanDetailsQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ['span', traceId, spanId],
    queryFn: ({ signal }) => getSpanDetails(traceId, spanId, signal),
    // A stored span doesn't change; the few that do (unfinished ones) are asked for again after a while.
    staleTime: 60_000,
  });
}

export interface SpanRank {
  // Of the span's resource, by which its page is found.
  hash: string;
  requests: number;
  // The share of them that took no longer; null when that isn't known.
  rank: number | null;
}

// Null when spans of this kind aren't counted.
export function spanRankQuery(span: SpanDetail, range: { from: string; to: string }) {
  const { service, env, operation, resource, duration_ns } = span;
  return queryOptions({
    queryKey: ['span-rank', service.name, env, operation, resource, duration_ns, range],
    queryFn: async ({ signal }): Promise<SpanRank | null> => {
      const { resources } = await listResources(service.name, { ...range, env, operation }, signal);
      const found = resources.find((each) => each.resource === resource && !each.overflow);
      if (!found) return null;
      const { hash } = found;
      const { rank, total } = await getResource(hash, { ...range, env, points: 1, duration_ns }, signal);
      return { hash, requests: total.requests, rank };
    },
    staleTime: 60_000,
    retry: false,
  });
}
