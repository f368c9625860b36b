import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { serviceListOf } from '../../../dev/services.mjs';
import type { ServiceList } from '../../api/types';
import { axeFindings } from '../../testing/axe';
import { type FakeServer, fakeServer, renderApp } from '../../testing/render-app';
import { setPreference, usePreferences } from '../../ui/preferences';
import { SERVICE_COLUMN_NAMES } from './service-column-names';

const services = () => screen.findByRole('table', { name: 'Services of env production' });
const namesIn = (table: HTMLElement) =>
  within(table)
    .getAllByRole('rowheader')
    .map((cell) => cell.querySelector('a')?.textContent);
const rowOf = (table: HTMLElement, name: string) =>
  within(table).getByRole('link', { name }).closest('tr') as HTMLElement;

function serverWith(change: (list: ServiceList) => ServiceList): FakeServer {
  const server = fakeServer();
  server.services = () => change(serviceListOf(Date.now()));
  return server;
}

test('lists the services in numbers, the worst first', async () => {
  renderApp('/services');
  const table = await services();
  expect(namesIn(table).slice(0, 2)).toEqual(['thinker-api', 'payments']);
  const row = rowOf(table, 'storefront');
  expect(row.textContent).toContain('WebJavaScript');
  expect(row.textContent).toMatch(/req\/s.*470\sms.*0\.\d\d%.*70%.*0\.91.*now/);
  expect(
    within(row).getByRole('img', { name: /^Requests a second of storefront: last .*, least .*, most / }),
  ).toBeTruthy();
  expect(row.querySelectorAll('.sparkline-open')).toHaveLength(3);
  expect(
    within(table)
      .getByRole('columnheader', { name: /Error rate/ })
      .getAttribute('aria-sort'),
  ).toBe('descending');
  expect(screen.getByText('Services', { selector: 'dt' }).nextElementSibling?.textContent).toBe('10');
  expect(await axeFindings()).toEqual([]);
});

test('dependencies are listed apart, with who calls them; silent services below', async () => {
  renderApp('/services');
  const table = await screen.findByRole('table', { name: 'Dependencies of the services of env production' });
  expect(namesIn(table)[0]).toBe('api.stripe.com');
  expect(rowOf(table, 'postgres').textContent).toContain('cart, inventory, payments');
  expect(namesIn(await services())).not.toContain('postgres');
  const silent = screen.getByRole('region', { name: /^Silent/ });
  expect(silent.textContent).toContain('nightly-importlast seen 3h ago');
});

test('services beyond the limit are one row that says so', async () => {
  const server = serverWith((list) => ({
    ...list,
    services: list.services.map((row) =>
      row.name === 'storefront' ? { ...row, name: 'agent_blocked_value', overflow: true } : row,
    ),
  }));
  renderApp('/services', server);
  const table = await services();
  expect(rowOf(table, 'agent_blocked_value').textContent).toContain('all beyond the limit of services');
  expect(table.textContent?.match(/beyond the limit/g)).toHaveLength(1);
});

test('percentiles of few requests say how few', async () => {
  renderApp('/services');
  const table = await services();
  expect(rowOf(table, 'mailer').textContent).toMatch(/n = 1\d/);
  expect(rowOf(table, 'cart').textContent).not.toContain('n =');
});

test('a column sorts in its useful direction, then the other, then as at first', async () => {
  const { history, user } = renderApp('/services');
  const table = await services();
  const header = within(table).getByRole('button', { name: 'Requests' });
  await user.click(header);
  expect(history.location.search).toBe('?sort=-requests');
  await user.click(header);
  expect(history.location.search).toBe('?sort=requests');
  await waitFor(() => expect(namesIn(table)[0]).toBe('mailer'));
  await user.click(header);
  expect(history.location.search).toBe('');
  await user.click(within(table).getByRole('button', { name: 'Service' }));
  await waitFor(() => expect(namesIn(table)[0]).toBe('cart'));
});

test('what dependencies have no column for leaves them in the usual order', async () => {
  renderApp('/services?sort=apdex');
  expect(namesIn(await services())[0]).toBe('thinker-api');
  const dependencies = screen.getByRole('table', { name: /^Dependencies/ });
  expect(namesIn(dependencies)[0]).toBe('api.stripe.com');
  expect(
    within(dependencies)
      .getByRole('columnheader', { name: /Error rate/ })
      .getAttribute('aria-sort'),
  ).toBe('descending');
});

test('name and type filter, and say so when nothing is left', async () => {
  const { history, user } = renderApp('/services');
  const table = await services();
  await user.keyboard('/');
  await user.keyboard('THINK');
  await waitFor(() => expect(namesIn(table)).toHaveLength(2));
  expect(history.location.search).toBe('?q=THINK');
  await user.click(screen.getByRole('button', { name: /^Database/ }));
  expect(await screen.findByRole('heading', { name: 'No service matches' })).toBeTruthy();
  expect(screen.getByText('0 of 16 have a name with “THINK” and the type Database.')).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Whatever the name' }));
  expect(await screen.findByRole('link', { name: 'postgres' })).toBeTruthy();
  expect(history.location.search).toBe('?type=database');
});

test('j and k walk through both tables, and Enter opens the service', async () => {
  const { history, user } = renderApp('/services?sort=name&from=now-15m');
  await services();
  await user.keyboard('j');
  expect(document.activeElement?.textContent).toBe('cart');
  await user.keyboard('jk{Enter}');
  await waitFor(() => expect(history.location.pathname).toBe('/services/cart'));
  expect(history.location.search).toBe('?env=production&from=now-15m');
  expect(await screen.findByRole('heading', { name: 'cart', level: 1 })).toBeTruthy();
});

test('the environment is the one with the newest traffic, until another is chosen', async () => {
  const { history, server, user } = renderApp('/services');
  await services();
  expect(server.asked).toContain('/api/ui/services?from=now-1h&to=now&env=production&points=61&fit=true');
  const picker = screen.getByRole('combobox', { name: 'env' });
  await user.selectOptions(picker, 'staging');
  expect(await screen.findByRole('table', { name: 'Services of env staging' })).toBeTruthy();
  expect(history.location.search).toBe('?env=staging');
});

test('an environment that took over the newest traffic does not take the page over', async () => {
  const { server, user } = renderApp('/services');
  await services();
  server.bootstrap = { ...server.bootstrap, default_env: 'staging', envs: server.bootstrap.envs.toReversed() };
  await user.keyboard('r');
  expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'env' }).value).toBe('production');
});

test('a time without requests offers others and keeps silent services', async () => {
  const server = serverWith((list) => ({ ...list, services: [] }));
  const { history, user } = renderApp('/services?from=now-5m', server);
  expect(await screen.findByRole('heading', { name: 'No requests in this time' })).toBeTruthy();
  expect(screen.getByText('nightly-import')).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Past 15 minutes' }));
  await waitFor(() => expect(history.location.search).toBe('?from=now-15m'));
});

test('an error keeps its request id and can be tried again', async () => {
  const server = fakeServer();
  const working = server.services;
  server.services = () => ({ code: 'unavailable', message: 'The query queue is full.', request_id: 'req-77' });
  const { user } = renderApp('/services', server);
  const block = await screen.findByRole('alert');
  expect(block.textContent).toContain('req-77');
  server.services = working;
  await user.click(within(block).getByRole('button', { name: 'Try again' }));
  expect(await services()).toBeTruthy();
});

test('rows in their place while the first answer takes its time', async () => {
  const server = fakeServer();
  renderApp('/services', server);
  const answering = globalThis.fetch;
  vi.stubGlobal('fetch', (request: Request) =>
    request.url.includes('/services?') ? new Promise(() => undefined) : answering(request),
  );
  const loading = await screen.findByRole('status', { name: 'Loading services' });
  expect(loading.querySelectorAll('tbody tr')).toHaveLength(12);
  expect(await axeFindings()).toEqual([]);
});

test('of a thousand services those on screen exist as elements', async () => {
  const server = fakeServer();
  server.services = () => serviceListOf(Date.now(), { count: 1_000 });
  renderApp('/services', server);
  const table = await services();
  expect(table.getAttribute('aria-rowcount')).toBe('1001');
  expect(namesIn(table).length).toBeLessThan(60);
  expect(within(table).getAllByRole('row')[1].getAttribute('aria-rowindex')).toBe('2');
});

const headsOf = (table: HTMLElement) =>
  within(table)
    .getAllByRole('columnheader')
    .map((cell) => cell.getAttribute('aria-label'));

test('columns are chosen by the keyboard, remembered, and in the address', async () => {
  const { history, user, unmount } = renderApp('/services');
  expect(headsOf(await services())).toEqual([
    'Service',
    'Requests',
    'p95 latency',
    'Error rate',
    'Total time',
    'Apdex',
    'Last seen',
  ]);
  await user.keyboard('C');
  expect(document.activeElement).toBe(await screen.findByRole('checkbox', { name: 'Called by' }));
  await user.tab();
  await user.keyboard(' ');
  await user.click(screen.getByRole('checkbox', { name: 'p99' }));
  await user.click(screen.getByRole('checkbox', { name: 'Last seen' }));
  await user.click(screen.getByRole('checkbox', { name: 'Called by' }));
  await waitFor(async () =>
    expect(headsOf(await services())).toEqual([
      'Service',
      'Type',
      'Requests',
      'p95 latency',
      'p99',
      'Error rate',
      'Total time',
      'Apdex',
    ]),
  );
  expect(history.location.search).toBe('?cols=type,requests,p95,p99,errors,time,apdex');
  expect(headsOf(screen.getByRole('table', { name: /^Dependencies/ }))).toEqual([
    'Dependency',
    'Type',
    'Requests',
    'p95 latency',
    'p99',
    'Error rate',
    'Total time',
  ]);
  const row = rowOf(await services(), 'storefront');
  expect(row.textContent).toContain('Web');
  expect(within(row).getAllByText('Web')).toHaveLength(1);
  expect(await axeFindings()).toEqual([]);
  unmount();

  const again = renderApp('/services');
  expect(headsOf(await services())).toContain('p99');
  expect(again.history.location.search).toBe('');
  await again.user.keyboard('C');
  await again.user.click(await screen.findByRole('button', { name: 'The usual columns' }));
  await waitFor(async () => expect(headsOf(await services())).not.toContain('p99'));
  expect(usePreferences.getState().serviceColumns).toBeNull();
});

test('columns in the address go before those that are remembered', async () => {
  setPreference({ serviceColumns: ['p50'] });
  const { history } = renderApp('/services?cols=count,max&sort=-p99');
  const table = await services();
  expect(headsOf(table)).toEqual(['Service', 'All requests', 'max']);
  // An order by a column that isn't shown stays.
  expect(history.location.search).toBe('?cols=count,max&sort=-p99');
  const first = serviceListOf(Date.now())
    .services.filter(({ is_dependency }) => !is_dependency)
    .toSorted((a, b) => (b.latency.p99_ns ?? 0) - (a.latency.p99_ns ?? 0))[0];
  expect(namesIn(table)[0]).toBe(first.name);
});

test('every column has something to show', async () => {
  const all = SERVICE_COLUMN_NAMES.join();
  renderApp(`/services?cols=${all}`);
  const table = await services();
  expect(headsOf(table)).toHaveLength(SERVICE_COLUMN_NAMES.length - 1);
  const cells = within(rowOf(table, 'payments')).getAllByRole('cell');
  for (const cell of cells) expect(cell.textContent).not.toMatch(/^$|NaN|undefined/);
  expect(cells.map((cell) => cell.textContent).join('|')).toMatch(/Web\|JVM\|.*~/);
  expect(await axeFindings()).toEqual([]);
});

test('a column that there is not is left out and named', async () => {
  window.history.replaceState(null, '', '/services?cols=p50,mood');
  const { history } = renderApp('/services?cols=p50,mood');
  expect((await screen.findByText(/Part of this link was not understood/)).textContent).toContain('cols');
  expect(headsOf(await services())).toEqual(['Service', 'p50']);
  expect(history.location.search).toBe('?cols=p50');
  window.history.replaceState(null, '', '/');
});
