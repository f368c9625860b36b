// The one place that fetches. Answers are the contract's types; everything else is thrown as an ApiError.

import createClient from 'openapi-fetch';
import { baseUrl } from './base-path';
import { noteAnswer, noteSilence } from './connection';
import { ApiError, errorFromAnswer } from './errors';
import type { paths } from './schema';
import type { Bootstrap, ServiceList, SpanDetail, Status, TraceList, TraceSkeleton } from './types';

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
    throw new ApiError('unreachable', 0, 'The server can’t be reached.');
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function unwrap<T>({ data, error, response }: Answer<T>): T {
  if (!response.ok || data === undefined) throw errorFromAnswer(response.status, error);
  return data;
}

export async function getStatus(signal: AbortSignal): Promise<Status> {
  return unwrap(await client.GET('/api/ui/status', { signal }));
}

export async function getBootstrap(signal: AbortSignal): Promise<Bootstrap> {
  return unwrap(await client.GET('/api/ui/bootstrap', { signal }));
}

export interface ServiceListQuery {
  // The server's choice when left out: the one with the newest traffic.
  env?: string;
  from: string;
  to: string;
  points: number;
}

export async function listServices(query: ServiceListQuery, signal: AbortSignal): Promise<ServiceList> {
  return unwrap(await client.GET('/api/ui/services', { params: { query }, signal }));
}

export interface TraceListQuery {
  from: string;
  to: string;
  errors: boolean;
  cursor?: string;
  limit?: number;
}

export async function listTraces(query: TraceListQuery, signal: AbortSignal): Promise<TraceList> {
  return unwrap(await client.GET('/api/ui/traces', { params: { query }, signal }));
}

export interface VersionedSkeleton {
  skeleton: TraceSkeleton;
  // Empty when the server sent none; equal ones mean equal skeletons.
  etag: string;
}

export async function getTraceSkeleton(traceId: string, signal: AbortSignal): Promise<VersionedSkeleton> {
  const answer = await client.GET('/api/ui/traces/{trace_id}/skeleton', {
    params: { path: { trace_id: traceId } },
    signal,
  });
  return { skeleton: unwrap(answer), etag: answer.response.headers.get('ETag') ?? '' };
}

// Several when several spans of the trace share the id.
export async function getSpanDetails(traceId: string, spanId: string, signal: AbortSignal): Promise<SpanDetail[]> {
  const answer = await client.GET('/api/ui/traces/{trace_id}/spans/{span_id}', {
    params: { path: { trace_id: traceId, span_id: spanId } },
    signal,
  });
  return unwrap(answer).spans;
}
