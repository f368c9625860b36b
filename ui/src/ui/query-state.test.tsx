import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/errors';
import { createQueryClient, refetchEvery } from '../api/queries';
import { QueryProgress, QueryState } from './query-state';

const KEY = ['shop'];
// Never comes of its own accord.
const never = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

let answer: (signal: AbortSignal) => Promise<string>;
let asked = 0;

function Block() {
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => {
      asked += 1;
      return answer(signal);
    },
  });
  return (
    <>
      <QueryProgress what="The shop" query={query} keys={[KEY]} />
      <QueryState what="The shop" query={query} skeleton={<p>skeleton</p>} />
      <button type="button" onClick={() => void query.refetch()}>
        Refresh
      </button>
      <p>{query.data}</p>
    </>
  );
}

const renderBlock = () =>
  render(
    <QueryClientProvider client={createQueryClient()}>
      <Block />
    </QueryClientProvider>,
  );
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const press = (name: string) => act(async () => screen.getByRole('button', { name }).click());
const fails =
  (status: number, circumstances = {}) =>
  async () => {
    throw new ApiError('unavailable', status, 'Too much to do.', circumstances);
  };

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
});
afterEach(() => vi.useRealTimers());

test('a fast answer shows nothing before it', async () => {
  answer = async () => 'open';
  renderBlock();
  expect(screen.queryByText('skeleton')).toBeNull();
  await pass(10);
  expect(screen.getByText('open')).toBeTruthy();
});

test('what takes long can be given up, and asked for again', async () => {
  answer = never;
  renderBlock();
  await pass(149);
  expect(screen.queryByText('skeleton')).toBeNull();
  await pass(2);
  expect(screen.getByText('skeleton')).toBeTruthy();
  await pass(3_000);
  await pass(2_000);
  expect(screen.getByText(/^[45]s$/)).toBeTruthy();
  await press('Cancel');
  await pass(1);
  expect(screen.getByText('The shop: you stopped waiting for it.')).toBeTruthy();
  expect(screen.queryByText('Still waiting for the server')).toBeNull();
  answer = async () => 'open';
  await press('Ask again');
  await pass(1);
  expect(screen.getByText('open')).toBeTruthy();
});

test('what takes long to refresh stays as it was when it is given up', async () => {
  answer = async () => 'open';
  renderBlock();
  await pass(1);
  answer = never;
  await press('Refresh');
  await pass(3_100);
  await press('Cancel');
  await pass(1);
  expect(screen.getByText('open')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('a server that says when to ask again is asked then, and not before', async () => {
  answer = fails(429, { retryAfterMs: 7_000, requestId: 'req-1' });
  renderBlock();
  await pass(1);
  expect(screen.getByRole('alert').textContent).toContain('by itself in 7 s');
  expect(screen.getByRole('alert').textContent).toContain('req-1');
  await pass(3_000);
  expect(screen.getByRole('alert').textContent).toContain('by itself in 4 s');
  expect(asked).toBe(1);
  answer = async () => 'open';
  await pass(4_100);
  expect(asked).toBe(2);
  expect(screen.getByText('open')).toBeTruthy();
});

test('a server that doesn’t say is asked less and less often', async () => {
  answer = fails(503);
  renderBlock();
  const times: number[] = [];
  for (let tenth = 0; tenth <= 310; tenth++) {
    await pass(tenth === 0 ? 1 : 100);
    if (asked > times.length) times.push(Math.floor(tenth / 10));
  }
  expect(times).toEqual([0, 2, 6, 14, 30]);
});

test('an error that doesn’t pass waits for somebody', async () => {
  answer = fails(500);
  renderBlock();
  await pass(120_000);
  expect(asked).toBe(1);
});

test('old data stays when it can’t be refreshed, and says so', async () => {
  answer = async () => 'open';
  renderBlock();
  await pass(1);
  answer = fails(500);
  await press('Refresh');
  await pass(1);
  expect(screen.getByText('open')).toBeTruthy();
  expect(screen.getByRole('alert').textContent).toContain('The shop could not be refreshed: Too much to do.');
  answer = async () => 'closed';
  await press('Try again');
  await pass(1);
  expect(screen.getByText('closed')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

test.each([
  [10_000, undefined, 10_000],
  [10_000, 30_000, 30_000],
  [10_000, 1_000, 10_000],
  [false, 30_000, false],
] as const)('every %s ms, told to wait for %s: %s', (everyMs, retryAfterMs, waited) => {
  const error = new ApiError('unavailable', 429, 'Too much to do.', { retryAfterMs });
  expect(refetchEvery(everyMs)({ state: { error } })).toBe(waited);
});
