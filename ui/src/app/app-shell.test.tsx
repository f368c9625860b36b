import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { axeFindings } from '../testing/axe';
import { fakeServer, renderApp } from '../testing/render-app';
import { TRACE_ID } from '../testing/traces';

test('a pasted log line leads to its trace and span', async () => {
  const { history, user } = renderApp('/traces');
  await screen.findByRole('heading', { name: 'Traces' });
  await user.keyboard('{Control>}k{/Control}');
  const field = await screen.findByRole('combobox');
  await user.click(field);
  await user.paste(`boom dd.trace_id=${TRACE_ID} dd.span_id=00f067aa0ba902b7`);
  expect(screen.getByRole('option', { name: /Open trace/ }).getAttribute('aria-selected')).toBe('true');
  expect(await axeFindings()).toEqual([]);
  await user.keyboard('{Enter}');
  await waitFor(() => expect(history.location.href).toBe(`/trace/${TRACE_ID}?span=00f067aa0ba902b7`));
});

test('a part of a name leads to the service, and to its resource', async () => {
  const { history, server, user } = renderApp('/services?env=staging&from=now-4h');
  await screen.findByRole('heading', { name: 'Services' });
  server.matches = () => [
    { kind: 'service', service: 'storefront', slot: 1 },
    { kind: 'resource', service: 'cart', operation: 'web.request', resource: 'GET /store', hash: '00112233aabbccdd' },
  ];
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox', { name: /^Name of a service/ }), 'store');
  const option = await screen.findByRole('option', { name: /GET \/store/ });
  expect(option.textContent).toContain('resource of cart, web.request');
  expect(await axeFindings()).toEqual([]);
  await user.keyboard('{ArrowDown}{Enter}');
  await waitFor(() =>
    expect(history.location.href).toBe('/services/cart/resources/00112233aabbccdd?env=staging&from=now-4h'),
  );
});

test('the palette runs commands, by words of their names', async () => {
  const { user } = renderApp('/traces');
  await screen.findByRole('heading', { name: 'Traces' });
  expect(screen.getByRole('button', { name: 'Use dark colours' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: /^Go to/ }));
  await user.type(await screen.findByRole('combobox'), 'dark');
  expect(screen.getAllByRole('option')).toHaveLength(1);
  await user.keyboard('{Enter}');
  await waitFor(() => expect(screen.queryByRole('combobox')).toBeNull());
  expect(screen.getByRole('button', { name: 'Use light colours' })).toBeTruthy();
});

test('? lists the shortcuts of this screen and no others', async () => {
  const { user } = renderApp('/traces');
  await screen.findByRole('list', { name: 'Traces, newest first' });
  await user.keyboard('?');
  expect(await screen.findByText('Only traces with errors')).toBeTruthy();
  expect(screen.queryByText('Critical path')).toBeNull();
  expect(await axeFindings()).toEqual([]);
});

test('single keys can be switched off', async () => {
  const { history, user } = renderApp('/traces');
  await screen.findByRole('list', { name: 'Traces, newest first' });
  await user.keyboard('?');
  await user.click(await screen.findByRole('checkbox', { name: 'Shortcuts of a single key' }));
  await user.click(screen.getByRole('button', { name: 'Close' }));
  await user.keyboard('f');
  expect(history.location.search).toBe('');
});

test('g t leads to the traces', async () => {
  const { history, user } = renderApp(`/trace/${TRACE_ID}`);
  await screen.findByRole('treegrid');
  await user.keyboard('gt');
  await waitFor(() => expect(history.location.pathname).toBe('/traces'));
});

test('g h leads home and g s to the services', async () => {
  const { history, user } = renderApp('/traces');
  await screen.findByRole('heading', { name: 'Traces' });
  await user.keyboard('gh');
  await screen.findByRole('heading', { name: 'Home' });
  expect(history.location.href).toBe('/');
  expect(screen.getByRole('link', { name: 'Home' }).getAttribute('aria-current')).toBe('page');
  await user.keyboard('gs');
  await screen.findByRole('heading', { name: 'Services' });
  expect(history.location.pathname).toBe('/services');
  expect(screen.getByRole('link', { name: 'Home' }).getAttribute('aria-current')).toBeNull();
});

test('an address without a page says so', async () => {
  renderApp('/nowhere');
  expect(await screen.findByText('There is no page under this address.')).toBeTruthy();
});

test('a server that does not answer is told of, until it does', async () => {
  const { user } = renderApp('/traces');
  await screen.findByRole('list', { name: 'Traces, newest first' });
  await user.keyboard('.'); // no refreshing of the list
  const answering = globalThis.fetch;
  globalThis.fetch = () => Promise.reject(new TypeError('refused'));
  await user.keyboard('r');
  expect((await screen.findByRole('alert')).textContent).toContain('The server can’t be reached.');
  expect(screen.getByRole('list', { name: 'Traces, newest first' })).toBeTruthy();
  globalThis.fetch = answering;
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull(), { timeout: 4_000 });
});

test('what could not be shown while the server was away is shown when it is back', async () => {
  const { user } = renderApp(`/trace/${TRACE_ID}`);
  await screen.findByRole('treegrid');
  const answering = globalThis.fetch;
  globalThis.fetch = () => Promise.reject(new TypeError('refused'));
  await user.keyboard('j{Enter}');
  await screen.findByText('The detail of this span can’t be shown.');
  globalThis.fetch = answering;
  await screen.findByRole('heading', { name: /^Attributes/ }, { timeout: 4_000 });
});

test('an answer that nobody expected breaks one page, and not what is around it', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const server = fakeServer();
  const usual = server.services;
  server.services = (query) => ({ ...usual(query), services: 5 }) as unknown as ReturnType<typeof usual>;
  const { user } = renderApp('/services', server);
  expect(await screen.findByText('This page can’t be drawn.')).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Traces' }));
  expect(await screen.findByRole('link', { name: /thinker-api/ })).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Services' }));
  const block = await screen.findByRole('alert');
  server.services = usual;
  await user.click(within(block).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: 'payments' })).toBeTruthy();
});

test('names that could not be looked up are not called unknown', async () => {
  const { user } = renderApp('/traces');
  await screen.findByRole('link', { name: /thinker-api/ });
  const answering = globalThis.fetch;
  globalThis.fetch = async () => new Response('<html>', { status: 500 });
  await user.keyboard('{Control>}k{/Control}');
  await user.type(screen.getByRole('combobox', { name: /^Name of a service/ }), 'payments');
  const block = await screen.findByText(/services and resources of this name can’t be shown/);
  expect(screen.queryByText(/No service and no resource of this name/)).toBeNull();
  globalThis.fetch = answering;
  await user.click(within(block.closest('[role=alert]') as HTMLElement).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText(/No service and no resource of this name/)).toBeTruthy();
  expect(screen.getByRole<HTMLInputElement>('combobox', { name: /^Name of a service/ }).value).toBe('payments');
});

test('a span that the trace hasn’t is named, and can be forgotten', async () => {
  const { history, user } = renderApp(`/trace/${TRACE_ID}?span=${'f'.repeat(16)}`);
  expect((await screen.findByText(/This trace has no span/)).textContent).toContain('f'.repeat(16));
  await user.click(screen.getByRole('button', { name: 'Forget the span' }));
  await waitFor(() => expect(history.location.search).toBe(''));
  expect(screen.queryByText(/This trace has no span/)).toBeNull();
});
