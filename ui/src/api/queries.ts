// What screens ask for, as TanStack Query options: keys, how long answers stay fresh, when to ask again.

import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import {
  getBootstrap,
  getSpanDetails,
  getStatus,
  getTraceSkeleton,
  listServices,
  listTraces,
  type ServiceListQuery,
  type VersionedSkeleton,
} from './client';
import { currentConnection } from './connection';
import { ApiError } from './errors';

const ATTEMPTS = 3;
const STATUS_WAITING_MS = 2_000;
const STATUS_IDLE_MS = 60_000;
const BOOTSTRAP_WAITING_MS = 5_000;
const BOOTSTRAP_IDLE_MS = 60_000;
// An hour of minutes touches 61 of them.
const SPARKLINE_POINTS = 61;
const SKELETON_ARRIVING_MS = 5_000;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: false,
        // Asking a stopped server again is the page's decision, not the browser's idea of being online.
        networkMode: 'always',
        retry: (failures, error) => failures < ATTEMPTS - 1 && error instanceof ApiError && error.transient,
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
      },
    },
  });
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

export function serviceListQuery(asked: Omit<ServiceListQuery, 'points'>) {
  const filter = { ...asked, points: SPARKLINE_POINTS };
  return queryOptions({
    queryKey: ['services', filter],
    queryFn: ({ signal }) => listServices(filter, signal),
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
