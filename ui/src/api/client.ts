// The one place that fetches. Answers are the contract's types; everything else is thrown as an ApiError.

import createClient from 'openapi-fetch';
import { baseUrl } from './base-path';
import { noteAnswer, noteSilence } from './connection';
import { ApiError, errorFromAnswer, pathOf, unreadableAnswer } from './errors';
import type { operations, paths } from './schema';
import { noteServerTime } from './server-clock';
import type {
  Bootstrap,
  Exemplars,
  Match,
  ResourceList,
  ResourceOverTime,
  ServiceList,
  ServiceOverTime,
  ServiceSettings,
  SpanDetail,
  SpanList,
  Status,
  TraceList,
  TraceSkeleton,
} from './types';

const client = createClient<paths>({ baseUrl: baseUrl(), fetch: fetchOrThrow });

// A refused connection and a cancelled request both reject; only the first is an error of the server.
async function fetchOrThrow(request: Request): Promise<Response> {
  try {
    const response = await globalThis.fetch(request);
    noteAnswer(Date.now());
    return response;
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    noteSilence();
    throw new ApiError('unreachable', 0, 'The server can’t be reached.', { asked: pathOf(request.url) });
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// A body that is no JSON, or ends too early, rejects too; so does one that is JSON but nothing we could ask for.
async function answered<T>(asking: Promise<Answer<T>>): Promise<Answer<T> & { data: T }> {
  let answer: Answer<T>;
  try {
    answer = await asking;
  } catch (cause) {
    if (cause instanceof ApiError || (cause instanceof DOMException && cause.name === 'AbortError')) throw cause;
    throw unreadableAnswer('');
  }
  const { data, error, response } = answer;
  if (!response.ok) throw errorFromAnswer(response, error);
  if (data === undefined || data === null) throw unreadableAnswer(response.url);
  return { ...answer, data };
}

async function unwrap<T>(asking: Promise<Answer<T>>): Promise<T> {
  return (await answered(asking)).data;
}

// Of an answer that says what time it is for the server.
async function timed<T extends { now_ns: string }>(ask: () => Promise<T>): Promise<T> {
  const sentAt = Date.now();
  const answer = await ask();
  noteServerTime(answer.now_ns, sentAt, Date.now());
  return answer;
}

export async function getStatus(signal: AbortSignal): Promise<Status> {
  return timed(() => unwrap(client.GET('/api/ui/status', { signal })));
}

export async function getBootstrap(signal: AbortSignal): Promise<Bootstrap> {
  return timed(() => unwrap(client.GET('/api/ui/bootstrap', { signal })));
}

// What a text stands for: services and resources by a part of their names, traces by any form of their ids.
export async function resolveText(text: string, signal: AbortSignal): Promise<Match[]> {
  return (await unwrap(client.GET('/api/ui/resolve', { params: { query: { text } }, signal }))).matches;
}

export interface ServiceListQuery {
  // The server's choice when left out: the one with the newest traffic.
  env?: string;
  from: string;
  to: string;
  points: number;
  // Of a young env, the time that has data: points are closer then.
  fit: boolean;
}

export async function listServices(query: ServiceListQuery, signal: AbortSignal): Promise<ServiceList> {
  return unwrap(client.GET('/api/ui/services', { params: { query }, signal }));
}

type QueryOf<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;
export type ServiceQuery = QueryOf<'getService'>;
export type ResourcesQuery = QueryOf<'listResources'>;
export type ResourceQuery = QueryOf<'getResource'>;
export type ExemplarsQuery = QueryOf<'getResourceExemplars'>;

export async function getService(service: string, query: ServiceQuery, signal: AbortSignal): Promise<ServiceOverTime> {
  return unwrap(client.GET('/api/ui/services/{service}', { params: { path: { service }, query }, signal }));
}

export async function listResources(
  service: string,
  query: ResourcesQuery,
  signal: AbortSignal,
): Promise<ResourceList> {
  const params = { path: { service }, query };
  return unwrap(client.GET('/api/ui/services/{service}/resources', { params, signal }));
}

export async function getServiceExemplars(
  service: string,
  query: QueryOf<'getServiceExemplars'>,
  signal: AbortSignal,
): Promise<Exemplars> {
  const params = { path: { service }, query };
  return unwrap(client.GET('/api/ui/services/{service}/exemplars', { params, signal }));
}

export async function getResource(hash: string, query: ResourceQuery, signal: AbortSignal): Promise<ResourceOverTime> {
  return unwrap(client.GET('/api/ui/resources/{hash}', { params: { path: { hash }, query }, signal }));
}

export async function getResourceExemplars(
  hash: string,
  query: ExemplarsQuery,
  signal: AbortSignal,
): Promise<Exemplars> {
  return unwrap(client.GET('/api/ui/resources/{hash}/exemplars', { params: { path: { hash }, query }, signal }));
}

// What isn't given stays as it is; null takes a choice back.
export interface ServiceSettingsChange {
  apdex_threshold_s?: number | null;
  primary_operation?: string | null;
  color_slot?: number | null;
}

export async function setServiceSettings(
  service: string,
  env: string,
  change: ServiceSettingsChange,
): Promise<ServiceSettings> {
  const params = { path: { service }, query: { env } };
  return unwrap(client.PUT('/api/ui/services/{service}/settings', { params, body: change }));
}

export interface TraceListQuery {
  from: string;
  to: string;
  errors: boolean;
  cursor?: string;
  limit?: number;
}

export async function listTraces(query: TraceListQuery, signal: AbortSignal): Promise<TraceList> {
  return unwrap(client.GET('/api/ui/traces', { params: { query }, signal }));
}

export type SpanListQuery = QueryOf<'listFoundSpans'>;

export async function listFoundSpans(query: SpanListQuery, signal: AbortSignal): Promise<SpanList> {
  return unwrap(client.GET('/api/ui/spans', { params: { query }, signal }));
}

export interface VersionedSkeleton {
  skeleton: TraceSkeleton;
  // Empty when the server sent none; equal ones mean equal skeletons.
  etag: string;
}

export async function getTraceSkeleton(traceId: string, signal: AbortSignal): Promise<VersionedSkeleton> {
  const params = { path: { trace_id: traceId } };
  const asking = client.GET('/api/ui/traces/{trace_id}/skeleton', { params, signal });
  const { data, response } = await answered(asking);
  return { skeleton: data, etag: response.headers.get('ETag') ?? '' };
}

// The trace as a tree of plain text, as `vizsla trace` prints it.
export async function getTraceText(traceId: string, width: number): Promise<string> {
  const params = { path: { trace_id: traceId }, query: { width } };
  return unwrap(client.GET('/api/ui/traces/{trace_id}/text', { params, parseAs: 'text' }));
}

// Several when several spans of the trace share the id.
export async function getSpanDetails(traceId: string, spanId: string, signal: AbortSignal): Promise<SpanDetail[]> {
  const params = { path: { trace_id: traceId, span_id: spanId } };
  return (await unwrap(client.GET('/api/ui/traces/{trace_id}/spans/{span_id}', { params, signal }))).spans;
}
