import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import * as scenarios from '../../../dev/scenarios.mjs';
import { axeFindings } from '../../testing/axe';
import { fakeServer, renderApp } from '../../testing/render-app';
import { skeletonFor, TRACE_ID } from '../../testing/traces';

const PATH = `/trace/${TRACE_ID}`;
const thinker = skeletonFor(scenarios.thinker);

async function rows(): Promise<HTMLElement[]> {
  const grid = await screen.findByRole('treegrid');
  return within(grid)
    .getAllByRole('row')
    .filter((row) => row.dataset.row !== undefined);
}

async function rowTexts(): Promise<string[]> {
  return (await rows()).map((row) => row.querySelector('.waterfall-names')?.textContent ?? '');
}

const focusedRow = () => document.activeElement?.querySelector('.waterfall-names')?.textContent;

test('shows the trace as a tree with its facts', async () => {
  renderApp(PATH);
  expect(await rowTexts()).toEqual([
    'thinker-api flask.request GET /think/',
    'thinker-microservice aiohttp.request GET /',
    'thinker-microservice think',
    "thinker-microservice think 'foo_bar'",
  ]);
  const [root, , , failed] = await rows();
  expect(root.getAttribute('aria-level')).toBe('1');
  expect(root.getAttribute('aria-expanded')).toBe('true');
  expect(failed.getAttribute('aria-level')).toBe('3');
  expect(failed.getAttribute('aria-posinset')).toBe('2');
  expect(within(failed).getByLabelText('failed')).toBeTruthy();
  expect(within(root).getByLabelText('1 error below')).toBeTruthy();
  const facts = Array.from(document.querySelectorAll('.trace-header-facts > div'), (fact) => fact.textContent);
  expect(facts.filter((fact) => !fact?.startsWith('Started'))).toEqual([
    'Duration1.41\u00a0s',
    'Spans4',
    'Services2',
    'Errors1',
    'Depth3',
  ]);
  expect(await axeFindings()).toEqual([]);
});

test('the keyboard walks the tree and opens the detail', async () => {
  const { history, user } = renderApp(PATH);
  const [root] = await rows();
  root.focus();
  await user.keyboard('{ArrowDown}');
  expect(focusedRow()).toContain('aiohttp.request');
  await user.keyboard('{ArrowLeft}');
  expect(await rowTexts()).toHaveLength(2);
  await user.keyboard('{ArrowLeft}');
  expect(focusedRow()).toContain('flask.request');
  await user.keyboard('{ArrowDown}{ArrowRight}{ArrowRight}');
  expect(focusedRow()).toBe('thinker-microservice think');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(history.location.search).toBe(`?span=${thinker.spans.id[2]}`));
  expect(await screen.findByRole('complementary', { name: 'Span detail' })).toBeTruthy();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(history.location.search).toBe(''));
});

test('the buttons above the tree take keys of their own', async () => {
  const { history, user } = renderApp(PATH);
  await rows();
  screen.getByRole('button', { name: 'Collapse all' }).focus();
  await user.keyboard('{Enter}');
  expect(await rowTexts()).toHaveLength(1);
  screen.getByRole('button', { name: 'Expand all' }).focus();
  await user.keyboard(' ');
  expect(await rowTexts()).toHaveLength(4);
  expect(history.location.search).toBe('');
});

test('e goes to the next error, whatever hides it', async () => {
  const { user } = renderApp(PATH);
  await rows();
  await user.keyboard('{{');
  expect(await rowTexts()).toHaveLength(1);
  await user.keyboard('e');
  await waitFor(() => expect(focusedRow()).toContain("'foo_bar'"));
});

test('the detail tells of the error, its stack and the tags', async () => {
  renderApp(`${PATH}?span=${thinker.spans.id[3]}`);
  const detail = await screen.findByRole('complementary', { name: 'Span detail' });
  expect(await within(detail).findByText('KeyError', { selector: '.span-error bdi' })).toBeTruthy();
  expect(within(detail).getByText(/return thoughts\[subject\]/, { selector: 'pre' })).toBeTruthy();
  expect(within(detail).getByRole('button', { name: '2 library frames' })).toBeTruthy();
  expect(within(detail).queryByText(/ddtrace\/_trace/, { selector: 'pre' })).toBeNull();
  expect(within(detail).getByText('subject')).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
});

test('attributes can be filtered, / leads to the filter', async () => {
  const { user } = renderApp(`${PATH}?span=${thinker.spans.id[0]}`);
  const detail = await screen.findByRole('complementary', { name: 'Span detail' });
  const filter = await within(detail).findByRole('textbox', { name: 'Filter attributes' });
  within(detail).getByRole('button', { name: 'Show as JSON' }).focus();
  await user.keyboard('/');
  expect(document.activeElement).toBe(filter);
  await user.type(filter, 'useragent');
  expect(within(detail).getByText('http.useragent')).toBeTruthy();
  expect(within(detail).queryByText('http.method')).toBeNull();
});

test('links of a span lead to other traces, its URL is a link that tells nothing of this page', async () => {
  const server = fakeServer();
  server.scenarios.set(TRACE_ID, (b) => scenarios.checkout(b, { items: 2, declined: false }));
  const skeleton = skeletonFor((b) => scenarios.checkout(b, { items: 2, declined: false }));
  const kafka = skeleton.spans.service.indexOf(skeleton.services.findIndex((service) => service.name === 'kafka'));
  renderApp(`${PATH}?span=${skeleton.spans.id[kafka]}`, server);
  const link = await screen.findByRole('link', { name: /of trace 3b4c5d6e/ });
  expect(link.getAttribute('href')).toBe(`/trace/${TRACE_ID}?span=67e1f2a03b4c5d6e`);
});

test('SQL is taken apart, web addresses open safely', async () => {
  const server = fakeServer();
  server.scenarios.set(TRACE_ID, (b) => scenarios.checkout(b, { items: 2, declined: true }));
  const skeleton = skeletonFor((b) => scenarios.checkout(b, { items: 2, declined: true }));
  const sql = skeleton.strings.resources.findIndex((resource) => resource.startsWith('INSERT'));
  renderApp(`${PATH}?span=${skeleton.spans.id[skeleton.spans.resource.indexOf(sql)]}`, server);
  expect((await screen.findByText('INSERT')).className).toBe('sql-keyword');
});

test('a search dims the rest and says how many it found', async () => {
  const { history, user } = renderApp(PATH);
  await rows();
  await user.keyboard('/');
  await user.keyboard('think');
  expect(await screen.findByText('1 of 4')).toBeTruthy();
  await user.keyboard(' foo');
  expect(await screen.findByText('1 found')).toBeTruthy();
  await waitFor(() => expect(history.location.search).toBe('?q=think+foo'));
  expect((await rows()).map((row) => row.dataset.dimmed)).toEqual(['true', 'true', 'true', 'false']);
  await user.keyboard('{Enter}');
  await waitFor(() => expect(focusedRow()).toContain("'foo_bar'"));
});

test('chips of the legend dim, hide and bring back', async () => {
  const { history, user } = renderApp(PATH);
  const legend = await screen.findByRole('list', { name: 'Services by execution time' });
  const chip = () => within(legend).getByRole('button', { name: /thinker-api/ });
  await user.click(chip());
  await waitFor(() => expect(history.location.search).toBe('?dim=thinker-api'));
  expect((await rows()).map((row) => row.dataset.dimmed)).toEqual(['true', 'false', 'false', 'false']);
  expect(chip().textContent).toContain('dimmed');
  await user.click(chip());
  await waitFor(() => expect(history.location.search).toBe('?hide=thinker-api'));
  expect((await rowTexts())[0]).toBe('thinker-microservice aiohttp.request GET /');
  expect(await rowTexts()).toHaveLength(3);
  expect((await rows())[0].getAttribute('aria-level')).toBe('1');
  // The header goes on telling of the whole trace.
  expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('thinker-api');
  expect(await axeFindings()).toEqual([]);
  await user.click(chip());
  await waitFor(() => expect(history.location.search).toBe(''));
  expect(await rowTexts()).toHaveLength(4);
});

test('one service alone, by Alt and a click, and by the keyboard', async () => {
  const { history, user } = renderApp(PATH);
  const legend = await screen.findByRole('list', { name: 'Services by execution time' });
  const chip = within(legend).getByRole('button', { name: /thinker-api/ });
  fireEvent.click(chip, { altKey: true });
  await waitFor(() => expect(history.location.search).toBe('?services=thinker-api'));
  expect((await rows()).map((row) => row.dataset.dimmed)).toEqual(['false', 'true', 'true', 'true']);
  chip.focus();
  await user.keyboard('o');
  await waitFor(() => expect(history.location.search).toBe(''));
  await user.keyboard('o');
  await waitFor(() => expect(history.location.search).toBe('?services=thinker-api'));
  await user.keyboard('{Enter}');
  await waitFor(() => expect(history.location.search).toBe('?dim=thinker-api'));
});

test('colours may be of something else than services', async () => {
  const { history, user } = renderApp(`${PATH}?hide=thinker-api`);
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Colour by' }), 'kind');
  await waitFor(() => expect(history.location.search).toBe('?color=kind'));
  const legend = await screen.findByRole('list', { name: 'Kinds by execution time' });
  const counts = Array.from(legend.querySelectorAll('.service-legend-count'), (count) => Number(count.textContent));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
  expect(await rowTexts()).toHaveLength(4);
});

test('identical siblings are one row that opens', async () => {
  const server = fakeServer();
  server.scenarios.set(TRACE_ID, (b) => scenarios.checkout(b, { items: 20, declined: true }));
  const { user } = renderApp(PATH, server);
  const group = (await rows()).find((row) => row.textContent?.includes('×20'));
  expect(group?.getAttribute('aria-expanded')).toBe('false');
  const before = (await rows()).length;
  await user.click(within(group as HTMLElement).getByTitle('20 identical spans in a row'));
  expect((await rows()).length).toBeGreaterThan(before);
});

test('the trace can be copied as text', async () => {
  const { server, user } = renderApp(PATH);
  await rows();
  await user.click(screen.getByRole('button', { name: /^Copy the trace as text/ }));
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  expect(await navigator.clipboard.readText()).toContain('thinker-api flask.request GET /think/');
  expect(server.asked).toContain(`/api/ui/traces/${TRACE_ID}/text?width=120`);
});

test('warnings explain themselves', async () => {
  const server = fakeServer();
  server.scenarios.set(TRACE_ID, scenarios.broken);
  const { user } = renderApp(PATH, server);
  await user.click(await screen.findByRole('button', { name: 'incomplete' }));
  expect(await screen.findByText(/name a parent that hasn't arrived/)).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
});

test('a trace that is not there gives reasons and can be watched for', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = fakeServer();
  server.scenarios.clear();
  const { user } = renderApp(PATH, server);
  expect(await screen.findByRole('heading', { name: 'No span of this trace is stored' })).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
  server.scenarios.set(TRACE_ID, scenarios.thinker);
  await user.click(screen.getByRole('button', { name: 'Watch for it' }));
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(await screen.findByRole('treegrid')).toBeTruthy();
});
