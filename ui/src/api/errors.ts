// What can go wrong when asking the server, as one type.

import type { UiError } from './types';

// Ours: no answer came at all, or none that this server would give; one that is no JSON or was cut off; somebody in
// front of the server who wants to know who asks.
export type ErrorCode = UiError['code'] | 'unreachable' | 'unreadable' | 'unauthorized';

// What is worth knowing when the error is passed on.
interface Circumstances {
  requestId?: string | undefined;
  // What was asked: path and query.
  asked?: string | undefined;
  // For so long the server doesn't want to be asked again.
  retryAfterMs?: number | undefined;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  // 0 when no answer came.
  readonly status: number;
  readonly requestId: string | undefined;
  readonly asked: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    status: number,
    message: string,
    { requestId, asked, retryAfterMs }: Circumstances = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.asked = asked;
    this.retryAfterMs = retryAfterMs;
  }

  // Asking again at once may help: what was lost on the way.
  get transient(): boolean {
    return this.code === 'unreachable' || this.code === 'unreadable';
  }

  // Asking again later may help, without anybody changing anything. When no answer came, the frame around the pages
  // knows when to.
  get passing(): boolean {
    return [429, 502, 503, 504].includes(this.status);
  }
}

export function errorFromAnswer(response: Response, body: unknown): ApiError {
  const { status } = response;
  const asked = pathOf(response.url);
  const circumstances = { asked, retryAfterMs: readRetryAfter(response.headers.get('Retry-After')) };
  if (isUiError(body))
    return new ApiError(body.code, status, body.message, { ...circumstances, requestId: body.request_id });
  // A proxy in between answers in its own words.
  if (status === 401) {
    return new ApiError('unauthorized', status, 'Something in front of Vizsla asks for a sign-in.', circumstances);
  }
  const code = status === 502 || status === 504 ? 'unreachable' : 'internal';
  return new ApiError(code, status, `The server answered with HTTP status ${status}.`, circumstances);
}

export function unreadableAnswer(url: string): ApiError {
  const message = 'The answer could not be read: it was cut off, or it isn’t Vizsla’s.';
  return new ApiError('unreadable', 200, message, { asked: pathOf(url) });
}

export function pathOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.pathname}${parsed.search}` : undefined;
}

// Seconds or a date; nothing when it is neither.
export function readRetryAfter(text: string | null, nowMillis = Date.now()): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMillis);
}

function isUiError(body: unknown): body is UiError {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body && 'request_id' in body;
}
