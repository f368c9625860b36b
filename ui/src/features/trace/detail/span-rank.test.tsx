import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import * as scenarios from '../../../../dev/scenarios.mjs';
import type { SpanDetail } from '../../../api/types';
import { fakeServer, renderApp } from '../../../testing/render-app';
import { skeletonFor, TRACE_ID } from '../../../testing/traces';
import { hourBefore, rankText } from './span-rank';

const thinker = skeletonFor(scenarios.thinker);
const HASH = '00c0ffee00c0ffee';

// Of the root's resource, unless it has another name.
function serverThatCounts(resource = 'GET /think/') {
  const server = fakeServer();
  server.overTime = (url) => {
    if (url.pathname === '/api/ui/services/thinker-api/resources')
      return {
        resources: [
          { resource: 'GET /', hash: 'a'.repeat(16) },
          { resource, hash: HASH, overflow: false },
        ],
      };
    if (url.pathname === `/api/ui/resources/${HASH}`) return { hash: HASH, rank: 0.9731, total: { requests: 512 } };
    return url.pathname.startsWith('/api/ui/services/') ? { resources: [] } : null;
  };
  return server;
}

const open = (server: ReturnType<typeof fakeServer>) => {
  renderApp(`/trace/${TRACE_ID}?span=${thinker.spans.id[0]}`, server);
  return screen.findByRole('complementary', { name: 'Span detail' });
};

test('a span is set against its resource in the hour before, with the way to that hour', async () => {
  const server = serverThatCounts();
  const link = await within(await open(server)).findByRole('link', { name: 'slower than 97% of the hour before' });
  const asked = new URL(server.asked.find((each) => each.startsWith(`/api/ui/resources/${HASH}`)) ?? '', 'http://x');
  const end = Number(thinker.start_ns) / 1e6 + thinker.spans.duration[0] / 1e6;
  const [from, to] = ['from', 'to'].map((name) => Date.parse(asked.searchParams.get(name) ?? ''));
  expect(to - from).toBe(3_600_000);
  expect(to).toBeGreaterThan(end);
  expect(to - end).toBeLessThanOrEqual(10_000);
  expect(asked.searchParams.get('duration_ns')).toBe(String(thinker.spans.duration[0]));
  const target = new URL((link as HTMLAnchorElement).href, 'http://x');
  expect(target.pathname).toBe(`/services/thinker-api/resources/${HASH}`);
  expect(target.searchParams.get('env')).toBe('production');
  expect(target.searchParams.get('to')).toBe(asked.searchParams.get('to'));
});

test('a span that isn’t counted has no rank', async () => {
  const server = serverThatCounts('GET /other');
  const detail = await open(server);
  await within(detail).findByText('http.useragent');
  expect(within(detail).queryByText('Among its resource')).toBeNull();
  expect(server.asked.some((each) => each.startsWith('/api/ui/resources/'))).toBe(false);
});

test('siblings are one button or key away', async () => {
  const server = fakeServer();
  const { history, user } = renderApp(`/trace/${TRACE_ID}?span=${thinker.spans.id[2]}`, server);
  const detail = await screen.findByRole('complementary', { name: 'Span detail' });
  expect(within(detail).getByRole<HTMLButtonElement>('button', { name: 'Previous sibling' }).disabled).toBe(true);
  await user.click(within(detail).getByRole('button', { name: 'Next sibling' }));
  expect(new URLSearchParams(history.location.search).get('span')).toBe(thinker.spans.id[3]);
  await user.keyboard('<');
  expect(new URLSearchParams(history.location.search).get('span')).toBe(thinker.spans.id[2]);
  await user.keyboard('>');
  expect(new URLSearchParams(history.location.search).get('span')).toBe(thinker.spans.id[3]);
});

test('a rank is rounded down, so that nearly all isn’t all', () => {
  expect(rankText(0.99996, 9)).toBe('slower than 99.99% of the hour before');
  expect(rankText(1, 9)).toBe('the slowest of the hour before');
  expect(rankText(1, 1)).toBe('the only one of the hour before');
  expect(rankText(0, 9)).toBe('slower than 0% of the hour before');
});

test('the hour ends with the step of the statistics that the span is in', () => {
  const range = hourBefore({ start_ns: '1795269807123456789', duration_ns: 3_000_000_000 } as SpanDetail);
  expect(Date.parse(range.to) % 10_000).toBe(0);
  expect(Date.parse(range.to)).toBeGreaterThan(1795269810123);
  expect(Date.parse(range.to) - Date.parse(range.from)).toBe(3_600_000);
});
