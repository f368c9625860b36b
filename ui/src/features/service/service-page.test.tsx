import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ServiceList, ServiceRow } from '../../api/types';
import { axeFindings } from '../../testing/axe';
import { fakeServer, renderApp } from '../../testing/render-app';
import { RESOURCE_COLUMNS } from './resource-columns';
import { RESOURCE_SORT_KEYS } from './service-search';

const tile = async (name: string) =>
  (await screen.findByText(name, { selector: '.figure-tile dt' })).closest('.figure-tile');
const resources = () => screen.findByRole('table', { name: 'Resources of storefront' });

test('a service in figures, charts, resources and traces', async () => {
  renderApp('/services/storefront');
  expect(await screen.findByRole('heading', { name: 'storefront', level: 1 })).toBeTruthy();
  expect((await tile('Requests'))?.textContent).toContain('req/s');
  expect((await tile('Apdex'))?.textContent).toContain('0.91T = 500\u00a0ms');
  for (const name of ['Requests', 'Latency', 'Errors', 'Latency distribution'])
    expect(screen.getByRole('region', { name })).toBeTruthy();
  expect(screen.getByRole('img', { name: /^Latency: p50 .* to .*, most at / })).toBeTruthy();
  expect(within(await resources()).getAllByRole('rowheader')[0].textContent).toBe('GET /');
  const traces = await screen.findByRole('list', { name: 'Slowest traces' });
  expect(within(traces).getAllByRole('link')[0].textContent).toContain('slower than all others');
  expect(await axeFindings()).toEqual([]);
});

test('a dependency says who calls it, and leads there', async () => {
  const { history, server, user } = renderApp('/services/postgres?from=now-15m');
  const list = server.services(new URLSearchParams({ env: 'production' })) as ServiceList;
  const { called_by } = list.services.find(({ name }) => name === 'postgres') as ServiceRow;
  const header = (await screen.findByText(/^A dependency, called by/)) as HTMLElement;
  expect(
    within(header)
      .getAllByRole('link')
      .map(({ textContent }) => textContent),
  ).toEqual(called_by);
  expect(await axeFindings()).toEqual([]);
  await user.click(within(header).getByRole('link', { name: called_by[0] }));
  await waitFor(() => expect(history.location.pathname).toBe(`/services/${called_by[0]}`));
  expect(history.location.search).toBe('?env=production&from=now-15m');
});

test('what is chosen is in the address, and is asked for', async () => {
  const { history, server, user } = renderApp('/services/storefront?from=now-15m');
  await resources();
  await user.selectOptions(screen.getByRole('combobox', { name: 'by' }), 'version');
  expect(await screen.findAllByText('2.3.0')).toBeTruthy();
  await user.selectOptions(screen.getByRole('combobox', { name: 'compare' }), 'day');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Show latency as' }), 'p99');
  await user.click(screen.getByRole('button', { name: 'Errors' }));
  await user.type(screen.getByRole('searchbox', { name: 'Filter resources by name' }), 'cheCK');
  await waitFor(async () => expect(within(await resources()).getAllByRole('rowheader')).toHaveLength(1));
  expect(history.location.search).toBe('?from=now-15m&by=version&cmp=day&latency=p99&traces=errors&q=cheCK');
  expect(server.asked).toContain(
    '/api/ui/services/storefront?from=now-15m&to=now&env=production&by=version&previous=day&points=120&fit=true',
  );
});

test('a link opens what it says', async () => {
  const address =
    '?env=staging&from=now-15m&op=job.run&cmp=window&requests=total&latency=apdex&errors=count&traces=typical&q=GET&sort=-p99';
  const { history, server } = renderApp(`/services/storefront${address}`);
  const table = await resources();
  expect(within(table).getAllByRole('rowheader')).toHaveLength(4);
  expect(within(table).getByRole('columnheader', { name: 'p99' }).getAttribute('aria-sort')).toBe('descending');
  expect((await tile('Requests'))?.textContent).toContain('↑ 11%');
  expect(await screen.findByRole('list', { name: 'Typical traces' })).toBeTruthy();
  expect(history.location.search).toBe(address);
  expect(
    server.asked.some((asked) => asked.includes('/services/storefront?') && asked.includes('operation=job.run')),
  ).toBe(true);
});

test('a part of the distribution is what the traces are of', async () => {
  const { history, server, user } = renderApp('/services/storefront');
  await resources();
  const part = screen.getByRole('combobox', { name: 'Which requests the traces are of' });
  await user.selectOptions(part, 'p95 to p99');
  await waitFor(() => expect(history.location.search).toMatch(/^\?dur=\d+-\d+$/));
  await waitFor(() =>
    expect(server.asked.some((asked) => /exemplars\?.*min_ns=\d+&max_ns=\d+/.test(asked))).toBe(true),
  );
  expect(screen.getByText(/^[\d.,k]+ requests of .* to/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'All' }));
  await waitFor(() => expect(history.location.search).toBe(''));
});

test('a chart is a table as well, with the same numbers', async () => {
  const { user } = renderApp('/services/storefront');
  await resources();
  await user.click(screen.getByRole('button', { name: 'Errors as a table' }));
  const table = screen.getByRole('table', { name: 'Errors' });
  expect(within(table).getAllByRole('row')).toHaveLength(61);
  expect(within(table).getByRole('columnheader', { name: 'Error rate' })).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
});

test('the Apdex threshold is changed in its place', async () => {
  const { server, user } = renderApp('/services/storefront');
  await user.click(await screen.findByRole('button', { name: /^Change the threshold of 500/ }));
  const field = screen.getByRole('textbox', { name: /Satisfied below/ });
  await user.clear(field);
  await user.type(field, '700');
  expect(screen.getByText('A number of seconds, more than 0 and up to 600.')).toBeTruthy();
  await user.clear(field);
  await user.type(field, '0,25');
  await user.click(screen.getByRole('button', { name: 'Change' }));
  await waitFor(() =>
    expect(server.changes).toEqual([
      { path: '/api/ui/services/storefront/settings?env=production', body: { apdex_threshold_s: 0.25 } },
    ]),
  );
});

test('an operation can be made the primary one', async () => {
  const { history, server, user } = renderApp('/services/storefront');
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Operation' }), 'job.run');
  await waitFor(() => expect(history.location.search).toBe('?op=job.run'));
  await screen.findByDisplayValue('job.run');
  await user.click(screen.getByRole('button', { name: 'Make it the primary one' }));
  await waitFor(() => expect(server.changes.at(-1)?.body).toEqual({ primary_operation: 'job.run' }));
});

test('a resource opens from its row, and the way back keeps the time', async () => {
  const { history, user } = renderApp('/services/storefront?from=now-15m');
  await resources();
  await user.keyboard('jj{Enter}');
  await waitFor(() => expect(history.location.pathname).toMatch(/^\/services\/storefront\/resources\/[0-9a-f]{16}$/));
  expect(await screen.findByRole('heading', { name: 'GET /products/{id}', level: 1 })).toBeTruthy();
  expect(await screen.findByRole('list', { name: 'Slowest traces' })).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
  await user.click(
    within(screen.getByRole('navigation', { name: 'Where this is' })).getByRole('link', { name: 'storefront' }),
  );
  await waitFor(() => expect(history.location.search).toBe('?env=production&from=now-15m&op=web.request'));
});

test('a service that nothing is known of, and a server that fails', async () => {
  renderApp('/services/nobody');
  expect(await screen.findByRole('heading', { name: 'The service nobody isn’t known here' })).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
});

test('one block that fails leaves the others alone', async () => {
  const server = fakeServer();
  const working = server.overTime;
  server.overTime = (url) =>
    url.pathname.endsWith('/resources')
      ? { code: 'unavailable', message: 'The query queue is full.', request_id: 'req-9' }
      : working(url);
  const { user } = renderApp('/services/storefront', server);
  const block = await screen.findByRole('alert');
  expect(block.textContent).toContain('req-9');
  expect(await screen.findByRole('list', { name: 'Slowest traces' })).toBeTruthy();
  server.overTime = working;
  await user.click(within(block).getByRole('button', { name: 'Try again' }));
  expect(await resources()).toBeTruthy();
});

test('a time without requests says when there were some', async () => {
  const server = fakeServer();
  const working = server.overTime;
  server.overTime = (url) => {
    const answer = working(url) as Record<string, unknown> & { total?: object; series?: unknown[] };
    if (!url.pathname.endsWith('/storefront')) return answer;
    const none = { avg_ns: null, p50_ns: null, p75_ns: null, p90_ns: null, p95_ns: null, p99_ns: null, max_ns: null };
    return {
      ...answer,
      total: {
        ...answer.total,
        requests: 0,
        errors: 0,
        error_rate: null,
        apdex: null,
        latency: { n: 0, ...none, max_estimated: false },
      },
      series: [],
      distribution: [],
    };
  };
  const { history, user } = renderApp('/services/storefront?from=now-5m', server);
  const notice = await screen.findByText(/No requests in “Past 5 minutes”/);
  expect(notice.textContent).toContain('Last seen');
  expect(screen.getAllByText('No data in this time')).toHaveLength(4);
  expect(await axeFindings()).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Past 15 minutes' }));
  await waitFor(() => expect(history.location.search).toBe('?from=now-15m'));
});

test('columns of the resources are chosen, remembered, and in the address', async () => {
  const heads = async () =>
    within(await resources())
      .getAllByRole('columnheader')
      .map((cell) => cell.getAttribute('aria-label'));
  const { history, user, unmount } = renderApp('/services/storefront?sort=-max');
  await resources();
  expect(await heads()).toEqual(['Resource', 'Requests', 'Total time', 'p50', 'p95', 'p99', 'Error rate']);
  await user.keyboard('C');
  for (const name of ['All requests', 'max', 'Apdex', 'p50'])
    await user.click(await screen.findByRole('checkbox', { name }));
  const chosen = ['Resource', 'Requests', 'All requests', 'Total time', 'p95', 'p99', 'max', 'Error rate', 'Apdex'];
  await waitFor(async () => expect(await heads()).toEqual(chosen));
  expect(history.location.search).toBe('?sort=-max&cols=requests,count,time,p95,p99,max,errors,apdex');
  expect(await axeFindings()).toEqual([]);
  unmount();

  const again = renderApp('/services/storefront');
  await resources();
  expect(await heads()).toEqual(chosen);
  await again.user.keyboard('C');
  await again.user.click(await screen.findByRole('button', { name: 'The usual columns' }));
  await waitFor(async () => expect(await heads()).toHaveLength(7));
});

test('every column of the resources can be shown and sorted by', async () => {
  renderApp(`/services/storefront?cols=${RESOURCE_SORT_KEYS.join()}&sort=failed`);
  const table = await resources();
  expect(within(table).getByRole('columnheader', { name: 'Errors' }).getAttribute('aria-sort')).toBe('ascending');
  expect(RESOURCE_COLUMNS.map(({ name, sort }) => [name, sort])).toEqual(RESOURCE_SORT_KEYS.map((key) => [key, key]));
  const [row] = within(table).getAllByRole('row').slice(1);
  for (const cell of within(row).getAllByRole('cell')) expect(cell.textContent).not.toMatch(/^$|NaN|undefined/);
});
