import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { serviceListOf } from '../../../dev/services.mjs';
import type { ServiceList } from '../../api/types';
import { axeFindings } from '../../testing/axe';
import { type FakeServer, fakeServer, renderApp } from '../../testing/render-app';
import { TRACE_ID } from '../../testing/traces';

const failing = () => screen.findByRole('table', { name: 'Services with the highest error rates' });
const rowOf = (table: HTMLElement, name: string) =>
  within(table).getByRole('rowheader', { name }).closest('tr') as HTMLElement;

// Two services for each that the demo's tasks are about, and more.
function serverWithDemo(): FakeServer {
  const server = fakeServer();
  const { envs } = server.bootstrap;
  server.bootstrap = { ...server.bootstrap, envs: [...envs, { name: 'demo', last_seen_ns: envs[0].last_seen_ns }] };
  const usual = server.services;
  const named = (list: ServiceList, names: string[]) => ({
    ...list,
    services: names.map((name, i) => ({ ...list.services[i], name })),
  });
  server.services = (query) =>
    query.get('env') === 'demo'
      ? named(serviceListOf(Date.now()), ['thinker-microservice', 'orders', 'catalog', 'storefront'])
      : usual(query);
  return server;
}

test('names what fails, what got slower or faster and what got busier, against the time before', async () => {
  const { server } = renderApp('/');
  const errors = await failing();
  expect(rowOf(errors, 'payments').textContent).toMatch(/\d\.\d%0\.\d\d%×\d+ times as much$/);
  const latency = screen.getByRole('table', { name: 'Services whose p95 latency changed most' });
  expect(within(latency).getAllByRole('rowheader')[0].textContent).toBe('inventory');
  expect(rowOf(latency, 'inventory').querySelector('.finding-better')?.textContent).toMatch(/down 5\d%/);
  const traffic = screen.getByRole('table', { name: 'Services whose traffic changed most' });
  expect(rowOf(traffic, 'thinker-api').textContent).toContain('new');
  expect(rowOf(traffic, 'cart').textContent).toMatch(/up 1\d\d%/);
  expect(screen.getByText(/^Past hour, against .* – \d\d:\d\d$/)).toBeTruthy();
  expect(server.asked).toContain('/api/ui/services?from=now-1h&to=now&env=production&points=61&fit=true');
  expect(server.asked).toContain('/api/ui/services?from=now-2h&to=now-1h&env=production&points=61&fit=false');
  expect(await axeFindings()).toEqual([]);
});

test('its services lead to their pages, of the same env and time', async () => {
  renderApp('/?from=now-4h&env=production');
  const link = within(rowOf(await failing(), 'payments')).getByRole('link');
  expect(link.getAttribute('href')).toBe('/services/payments?from=now-4h&env=production');
});

test('without anything before it says so, and still what fails', async () => {
  const server = fakeServer();
  const usual = server.services;
  server.services = (query) =>
    query.get('to') === 'now' ? usual(query) : { ...serviceListOf(Date.now()), services: [] };
  renderApp('/', server);
  const errors = await failing();
  expect(rowOf(errors, 'payments').textContent).toMatch(/–no data–no data$/);
  expect(screen.getByText(/there is nothing to compare with yet/)).toBeTruthy();
  expect(screen.queryByRole('heading', { name: /^Traffic/ })).toBeNull();
});

test('a time before that can’t be had leaves the rest, and can be asked for again', async () => {
  const server = fakeServer();
  const usual = server.services;
  server.services = (query) =>
    query.get('to') === 'now'
      ? usual(query)
      : { code: 'unavailable', message: 'The query queue is full.', request_id: 'req-77' };
  const { user } = renderApp('/', server);
  await failing();
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toContain('The query queue is full.');
  server.services = usual;
  await user.click(within(alert).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('table', { name: 'Services whose p95 latency changed most' })).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('an error keeps its request id, and the rest of the page works', async () => {
  const server = fakeServer();
  const usual = server.services;
  server.services = () => ({ code: 'unavailable', message: 'The query queue is full.', request_id: 'req-77' });
  const { user } = renderApp('/', server);
  const block = await screen.findByRole('alert');
  expect(block.textContent).toContain('req-77');
  expect(screen.getByRole('heading', { name: 'Recently viewed' })).toBeTruthy();
  server.services = usual;
  await user.click(within(block).getByRole('button', { name: 'Try again' }));
  expect(await failing()).toBeTruthy();
});

test('a time without requests offers others', async () => {
  const server = fakeServer();
  server.services = () => serviceListOf(Date.now(), { quiet: true });
  const { history, user } = renderApp('/?from=now-5m', server);
  expect(await screen.findByRole('heading', { name: 'No requests in this time' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Past 15 minutes' }));
  await waitFor(() => expect(history.location.search).toBe('?from=now-15m'));
});

test('cards in their place while the first answers take their time', async () => {
  renderApp('/');
  const answering = globalThis.fetch;
  vi.stubGlobal('fetch', (request: Request) =>
    request.url.includes('/services?') ? new Promise(() => undefined) : answering(request),
  );
  const loading = await screen.findByRole('status', { name: 'Loading what needs a look' });
  expect(loading.querySelectorAll('.finding-card')).toHaveLength(3);
  expect(await axeFindings()).toEqual([]);
});

test('what was opened is listed, the newest first, and leads there again', async () => {
  const { history, user } = renderApp('/');
  expect(await screen.findByText(/Only this browser remembers them/)).toBeTruthy();
  history.push('/services/cart?env=staging');
  await screen.findByRole('heading', { name: 'cart', level: 1 });
  history.push(`/trace/${TRACE_ID}`);
  await screen.findByRole('treegrid');
  await user.keyboard('gh');
  const list = within(await screen.findByRole('region', { name: 'Recently viewed' }));
  const links = list.getAllByRole('link');
  expect(links.map((link) => link.textContent)).toEqual([
    expect.stringMatching(new RegExp(`thinker-api.*GET /think/.*${TRACE_ID.slice(-8)}`)),
    'cartstaging',
  ]);
  expect(links[1].getAttribute('href')).toBe('/services/cart?env=staging');
  await user.click(links[0]);
  await waitFor(() => expect(history.location.pathname).toBe(`/trace/${TRACE_ID}`));
});

test.each(['a/b c', '100%', '$service', 'Ünï#?'])('a service may be called %j', async (name) => {
  const server = fakeServer();
  server.services = () => {
    const list = serviceListOf(Date.now());
    return { ...list, services: [{ ...list.services[0], name, requests: 90, errors: 90, error_rate: 1 }] };
  };
  const { history, user } = renderApp('/', server);
  await user.click(within(rowOf(await failing(), name)).getByRole('link'));
  await waitFor(() => expect(history.location.pathname).toBe(`/services/${encodeURIComponent(name)}`));
  await user.keyboard('gh');
  const seen = within(await screen.findByRole('region', { name: 'Recently viewed' })).getByRole('link');
  expect(seen.textContent).toBe(`${name}production`);
});

test('while the demo runs there are three things to find out, and a browser remembers what is done', async () => {
  const server = serverWithDemo();
  const { user, unmount } = renderApp('/', server);
  const tasks = within(await screen.findByRole('region', { name: /^Try it on the demo/ }));
  expect(tasks.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual([
    '/traces?errors=true',
    '/services/orders?env=demo',
    '/services/catalog?env=demo',
  ]);
  expect(await axeFindings()).toEqual([]);
  await user.click(tasks.getByRole('checkbox', { name: /repeated query/ }));
  expect(tasks.getByText('1 of 3 done')).toBeTruthy();
  unmount();
  renderApp('/', server);
  expect((await screen.findByRole<HTMLInputElement>('checkbox', { name: /repeated query/ })).checked).toBe(true);
});

test('without the demo there is nothing to try on it', async () => {
  renderApp('/');
  await failing();
  expect(screen.queryByRole('heading', { name: /^Try it on the demo/ })).toBeNull();
});
