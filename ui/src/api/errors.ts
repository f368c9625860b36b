// What can go wrong when asking the server, as one type.

import type { UiError } from './types';

// `unreachable` is ours: no answer came at all, or none that this server would give.
export type ErrorCode = UiError['code'] | 'unreachable';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  // 0 when no answer came.
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, status: number, message: string, requestId?: string) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }

  // Asking again later may help, without anybody changing anything.
  get transient(): boolean {
    return this.code === 'unreachable' || this.status === 429 || this.status === 503;
  }
}

export function errorFromAnswer(status: number, body: unknown): ApiError {
  if (isUiError(body)) return new ApiError(body.code, status, body.message, body.request_id);
  // A proxy in between answers in its own words.
  const code = status === 502 || status === 504 ? 'unreachable' : 'internal';
  return new ApiError(code, status, `The server answered with HTTP status ${status}.`);
}

function isUiError(body: unknown): body is UiError {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body && 'request_id' in body;
}
