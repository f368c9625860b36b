import { expect, test, vi } from 'vitest';
import { basePath, baseUrl } from './base-path';
import { getStatus, getTraceSkeleton, listTraces } from './client';
import { currentConnection, noteAnswer } from './connection';
import { ApiError, readRetryAfter } from './errors';

const signal = new AbortController().signal;

function answerWith(body: string, init: ResponseInit) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request.url);
    return new Response(body, { headers: { 'Content-Type': 'application/json' }, ...init });
  });
  return asked;
}

test.each([
  ['http://host/', '', 'http://host'],
  ['http://host/apm/', '/apm', 'http://host/apm'],
  ['https://host:8443/tools/apm/', '/tools/apm', 'https://host:8443/tools/apm'],
])('the prefix of %s is "%s"', (base, path, url) => {
  expect(basePath(base)).toBe(path);
  expect(baseUrl(base)).toBe(url);
});

test('an error of the server keeps its code, text and request id', async () => {
  answerWith('{"code":"not_found","message":"No span of it is stored.","request_id":"req-1"}', { status: 404 });
  const error = await getTraceSkeleton('abc', signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: 'not_found',
    status: 404,
    message: 'No span of it is stored.',
    requestId: 'req-1',
  });
});

test('an answer of a proxy in between is told by its status', async () => {
  answerWith('"<html>Bad gateway"', { status: 502 });
  await expect(getStatus(signal)).rejects.toMatchObject({ code: 'unreachable', status: 502, transient: true });
  answerWith('"nothing"', { status: 500 });
  await expect(getStatus(signal)).rejects.toMatchObject({ code: 'internal', transient: false });
});

test('no answer at all is noticed by everyone, and an answer too', async () => {
  noteAnswer(1);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
  await expect(getStatus(signal)).rejects.toMatchObject({ code: 'unreachable', status: 0 });
  expect(currentConnection()).toEqual({ reachable: false, lastAnswerAt: 1 });
  answerWith('{"traces":[]}', { status: 200 });
  await listTraces({ from: 'now-1h', to: 'now', errors: false }, signal);
  expect(currentConnection().reachable).toBe(true);
});

test('a cancelled question is no failure of the server', async () => {
  noteAnswer(1);
  const abort = new AbortController();
  abort.abort();
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('cancelled', 'AbortError')));
  await expect(getStatus(abort.signal)).rejects.not.toBeInstanceOf(ApiError);
  expect(currentConnection().reachable).toBe(true);
});

test('the version of a skeleton comes with it', async () => {
  answerWith('{"trace_id":"abc"}', { headers: { 'Content-Type': 'application/json', ETag: '"7"' } });
  expect(await getTraceSkeleton('abc', signal)).toMatchObject({ etag: '"7"', skeleton: { trace_id: 'abc' } });
});

test.each(['<html>Sign in', '{"traces":[{"trace_id"', '', 'null'])(
  'an answer that can’t be read is named: %j',
  async (body) => {
    answerWith(body, { status: 200 });
    const asking = listTraces({ from: 'now-1h', to: 'now', errors: false }, signal);
    await expect(asking).rejects.toMatchObject({ name: 'ApiError', code: 'unreadable' });
  },
);

test('what stands before the server and asks for a sign-in', async () => {
  answerWith('<html>', { status: 401 });
  await expect(getStatus(signal)).rejects.toMatchObject({ code: 'unauthorized', status: 401, passing: false });
});

test('a server with too much to do says when to ask again', async () => {
  answerWith('{"code":"unavailable","message":"Full.","request_id":"r"}', {
    status: 503,
    headers: { 'Retry-After': '4' },
  });
  await expect(getStatus(signal)).rejects.toMatchObject({ passing: true, transient: false, retryAfterMs: 4_000 });
});

test.each([
  [null, undefined],
  ['0', 0],
  ['12', 12_000],
  ['Sun, 22 Nov 2026 16:00:05 GMT', 5_000],
  ['Sun, 22 Nov 2026 15:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
])('Retry-After: %s', (text, ms) => {
  expect(readRetryAfter(text, Date.parse('2026-11-22T16:00:00Z'))).toBe(ms);
});
