import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { SpanList } from '../../api/types';
import { axeFindings } from '../../testing/axe';
import { fakeServer, renderApp } from '../../testing/render-app';
import { TRACE_ID } from '../../testing/traces';

test('lists what the search finds, each row a link to the span in its trace', async () => {
  const { server } = renderApp('/spans?q=status:error&sort=-@duration&from=now-15m');
  const list = await screen.findByRole('list', { name: 'Spans, slowest first' });
  const [first] = within(list).getAllByRole('link');
  expect(first.getAttribute('href')).toMatch(new RegExp(`^/trace/${TRACE_ID}\\?span=[0-9a-f]{16}$`));
  expect(within(list).getAllByText(/KeyError/).length).toBeGreaterThan(0);
  expect(screen.getByText('all 4')).toBeTruthy();
  const asked = new URL(`http://x${server.asked.find((path) => path.startsWith('/api/ui/spans'))}`).searchParams;
  expect(Object.fromEntries(asked)).toEqual({
    from: 'now-15m',
    to: 'now',
    query: 'status:error',
    sort: '-@duration',
    limit: '200',
  });
  expect(await axeFindings()).toEqual([]);
});

test('a search is asked for on Enter and stands in the address', async () => {
  const { history, user } = renderApp('/spans');
  await user.type(await screen.findByRole('textbox', { name: 'Search spans' }), 'service:web{Enter}');
  await waitFor(() => expect(history.location.search).toBe('?q=service:web'));
});

test('what isn’t understood is said, and stays where it was typed', async () => {
  const server = fakeServer();
  server.spans = () => ({ code: 'invalid_input', message: 'query: expected a value (at 9)', request_id: 'req-9' });
  const { user } = renderApp('/spans?q=service:', server);
  const box = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Search spans' });
  expect((await screen.findByRole('alert')).textContent).toContain('query: expected a value (at 9)');
  expect(box.value).toBe('service:');
  expect(box.getAttribute('aria-invalid')).toBe('true');
  expect(screen.queryByText(/can’t be shown/)).toBeNull();
  await user.type(box, 'x');
  expect(box.value).toBe('service:x');
});

test('when there is nothing it says how to find more', async () => {
  const server = fakeServer();
  server.spans = () => ({ spans: [], cursor: null, from_ns: '0', to_ns: '0' });
  const { history, user } = renderApp('/spans?q=service:nobody', server);
  await user.click(await screen.findByRole('button', { name: 'Show all spans of this time' }));
  await waitFor(() => expect(history.location.search).toBe(''));
});

test('more spans come by the cursor', async () => {
  const server = fakeServer();
  const all = (server.spans(new URLSearchParams()) as SpanList).spans;
  server.spans = (query) =>
    query.has('cursor')
      ? { spans: all.slice(3), cursor: null, from_ns: '0', to_ns: '0' }
      : { spans: all.slice(0, 3), cursor: 'next', from_ns: '0', to_ns: '0' };
  const { user } = renderApp('/spans', server);
  expect(await screen.findByText('the first 3')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Load more spans' }));
  expect(await screen.findByText('all 4')).toBeTruthy();
});

test('a figure’s explanation leads to its spans', async () => {
  const { history, user } = renderApp('/services/payments');
  await user.click((await screen.findAllByRole('button', { name: 'What “Error rate” means' }))[0]);
  const link = await screen.findByRole('link', { name: 'Show what failed' });
  await user.click(link);
  await waitFor(() => expect(history.location.pathname).toBe('/spans'));
  expect(new URLSearchParams(history.location.search).get('q')).toMatch(
    /service:"payments" .* @_top_level:1 status:error$/,
  );
});
