import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import * as scenarios from '../../../dev/scenarios.mjs';
import { axeFindings } from '../../testing/axe';
import { type FakeServer, fakeServer, renderApp } from '../../testing/render-app';
import { modelFor, type Scenario, skeletonFor, TRACE_ID } from '../../testing/traces';
import { TRACE_VIEWS, usePreferences } from '../../ui/preferences';
import { flameScale, pixelOf } from '../../viz/flame-columns';
import { FLAME_PITCH, FLAME_TOP } from '../../viz/flame-draw';
import { assignLanes } from '../../viz/lanes';

const PATH = `/trace/${TRACE_ID}`;
const thinker = modelFor(scenarios.thinker);
const checkout: Scenario = (b) => scenarios.checkout(b, { items: 20, declined: true });
// As setup.ts has every element.
const WIDTH = 1000;

function serverWith(scenario: Scenario): FakeServer {
  const server = fakeServer();
  server.scenarios.set(TRACE_ID, scenario);
  return server;
}

const flameGraph = () => screen.findByRole('application', { name: /^Flame graph of/ });
const described = () => {
  const id = document.querySelector('[role=application]')?.getAttribute('aria-activedescendant') ?? '';
  return document.getElementById(id)?.getAttribute('aria-label') ?? '';
};
const pressed = () =>
  within(screen.getByRole('group', { name: 'View' }))
    .getAllByRole('button', { pressed: true })
    .map((button) => button.textContent);

// Where the middle of a span is, in a picture of the whole trace.
function pointOf(model: typeof thinker, span: number) {
  const scale = flameScale(0, model.durationNs, WIDTH);
  const lane = assignLanes(model).laneOf[span];
  return {
    clientX: (pixelOf(scale, model.start[span]) + pixelOf(scale, model.end[span])) / 2,
    clientY: FLAME_TOP + (lane + 0.5) * FLAME_PITCH,
  };
}

test('a small trace is a waterfall at first, a large one a flame graph', async () => {
  const { unmount } = renderApp(PATH);
  expect(await screen.findByRole('treegrid')).toBeTruthy();
  expect(pressed()).toEqual(['Waterfall']);
  unmount();
  renderApp(
    PATH,
    serverWith((b) => scenarios.checkout(b, { items: 20, rounds: 4, declined: false })),
  );
  expect(await flameGraph()).toBeTruthy();
  expect(pressed()).toEqual(['Flame graph']);
  expect(await axeFindings()).toEqual([]);
});

test('the view is in the address, and the last one is remembered', async () => {
  const { history, user, unmount } = renderApp(PATH);
  await screen.findByRole('treegrid');
  await user.click(screen.getByRole('button', { name: 'Flame graph' }));
  await flameGraph();
  expect(history.location.search).toBe('?view=flame');
  expect(usePreferences.getState().traceView).toBe('flame');
  unmount();
  renderApp(PATH);
  await flameGraph();
});

test('the digits switch the view, the keyboard goes on in it', async () => {
  const { user } = renderApp(PATH);
  await screen.findByRole('treegrid');
  await user.keyboard('2');
  expect(document.activeElement).toBe(await flameGraph());
  await user.keyboard('3');
  expect(await screen.findByRole('table', { name: /^Resources of the trace/ })).toBeTruthy();
  await user.keyboard('4');
  expect(await screen.findByRole('table', { name: /^Durations and self times/ })).toBeTruthy();
  await user.keyboard('1');
  await waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('row'));
});

test('selection, cursor, search, services, path and zoom survive every change of view', async () => {
  const kept = `span=${thinker.skeleton.spans.id[3]}&q=think&t0=100000000&t1=900000000&services=thinker-microservice&path=true`;
  const { history, user } = renderApp(`${PATH}?${kept}`);
  await screen.findByRole('treegrid');
  for (const view of ['flame', 'list', 'statistics', 'waterfall'] as const) {
    await user.keyboard(String(TRACE_VIEWS.indexOf(view) + 1));
    await waitFor(() => expect(new URLSearchParams(history.location.search).get('view')).toBe(view));
    const params = new URLSearchParams(history.location.search);
    params.delete('view');
    expect([...params].sort()).toEqual([...new URLSearchParams(kept)].sort());
    expect(screen.getByRole('complementary', { name: 'Span detail' })).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Search in this trace' }).value).toBe('think');
  }
  const selected = (await screen.findAllByRole('row', { selected: true })).map((row) => row.dataset.row);
  expect(selected).toEqual(['3']);
});

test('the flame graph tells of the span that the keyboard is on', async () => {
  const { history, user } = renderApp(`${PATH}?view=flame`);
  (await flameGraph()).focus();
  expect(described()).toContain('thinker-api, flask.request; GET /think/; duration 1.41');
  await user.keyboard('{ArrowDown}');
  expect(described()).toContain('thinker-microservice, aiohttp.request');
  await user.keyboard('{ArrowDown}');
  expect(described()).toContain('starts at');
  const first = described();
  await user.keyboard('.');
  expect(described()).toContain('failed: ');
  await user.keyboard(',');
  expect(described()).toBe(first);
  await user.keyboard('{ArrowUp}{ArrowUp}{ArrowUp}');
  expect(described()).toContain('flask.request');
  await user.keyboard('e');
  await waitFor(() => expect(described()).toContain('failed: '));
  await user.keyboard('{Enter}');
  expect(await screen.findByRole('complementary', { name: 'Span detail' })).toBeTruthy();
  expect(new URLSearchParams(history.location.search).get('span')).toBe(thinker.skeleton.spans.id[3]);
  expect(await axeFindings()).toEqual([]);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Span detail' })).toBeNull());
});

test('a click selects what is drawn there, a double click zooms to it', async () => {
  const { history } = renderApp(`${PATH}?view=flame`);
  const graph = await flameGraph();
  for (let span = 0; span < thinker.count; span++) {
    fireEvent.click(graph, pointOf(thinker, span));
    const id = thinker.skeleton.spans.id[span];
    await waitFor(() => expect(new URLSearchParams(history.location.search).get('span')).toBe(id));
  }
  fireEvent.doubleClick(graph, pointOf(thinker, 2));
  await waitFor(() => expect(history.location.search).toContain('t0='));
  const params = new URLSearchParams(history.location.search);
  expect(Number(params.get('t0'))).toBeLessThan(thinker.start[2]);
  expect(Number(params.get('t1'))).toBeGreaterThan(thinker.end[2]);
  expect(Number(params.get('t1')) - Number(params.get('t0'))).toBeLessThan((thinker.end[2] - thinker.start[2]) * 1.2);
});

test('pointing says what is there', async () => {
  renderApp(`${PATH}?view=flame`);
  const graph = await flameGraph();
  fireEvent.pointerMove(graph, pointOf(thinker, 3));
  await waitFor(() => expect(document.querySelector<HTMLElement>('.flame-tooltip')?.hidden).toBe(false));
  const text = document.querySelector('.flame-tooltip')?.textContent;
  for (const part of [
    'thinker-microservice think',
    "'foo_bar'",
    'Duration',
    'Self time',
    'Of the trace',
    'Starts at+',
  ]) {
    expect(text).toContain(part);
  }
  fireEvent.pointerMove(graph, { clientX: 2, clientY: 400 });
  expect(document.querySelector<HTMLElement>('.flame-tooltip')?.hidden).toBe(true);
});

test('names are text, whatever they say', async () => {
  const { user } = renderApp(`${PATH}?view=flame`, serverWith(scenarios.hostile));
  const graph = await flameGraph();
  const model = modelFor(scenarios.hostile);
  for (let span = 0; span < 5; span++) {
    fireEvent.pointerMove(graph, pointOf(model, span));
    await act(() => new Promise((resolve) => setTimeout(resolve, 120)));
    const tooltip = document.querySelector('.flame-tooltip');
    expect(tooltip?.querySelector('img, script')).toBeNull();
    expect(tooltip?.textContent).not.toContain('\u202e');
    expect(tooltip?.textContent?.length).toBeLessThan(1_000);
  }
  for (const view of ['3', '4', '1']) {
    await user.keyboard(view);
    await waitFor(() => expect(pressed()[0]).toBe({ 3: 'Span list', 4: 'Statistics', 1: 'Waterfall' }[view]));
    expect(document.querySelector('.trace-screen-main :is(img, script)')).toBeNull();
    expect(await axeFindings()).toEqual([]);
  }
});

const tableRows = () =>
  Array.from(document.querySelectorAll('.figures-table tbody tr[data-place]'), (row) =>
    Array.from(row.children, (cell) => cell.textContent?.replaceAll('\u00a0', ' ') ?? ''),
  );

test('the span list has resources below their services, the most time first', async () => {
  const { history, user } = renderApp(`${PATH}?view=list`, serverWith(checkout));
  const table = await screen.findByRole('table', { name: /^Resources of the trace/ });
  const groups = () => Array.from(document.querySelectorAll('[data-group="true"] th'), (name) => name.textContent);
  expect(groups()).toEqual(skeletonFor(checkout).services.map((service) => service.name));
  expect(await axeFindings()).toEqual([]);
  const place = tableRows().findIndex(([name]) => name === 'postgres');
  expect(tableRows()[place][1]).toBe('23');
  await user.click(within(table).getByRole('button', { name: 'Spans' }));
  await waitFor(() => expect(groups()[0]).toBe('postgres'));
  expect(history.location.search).toContain('sort=-spans');
  await user.click(within(table).getByRole('button', { name: 'Spans' }));
  await waitFor(() => expect(groups().at(-1)).toBe('postgres'));
  await user.click(within(table).getByRole('button', { name: 'Spans' }));
  await waitFor(() => expect(history.location.search).not.toContain('sort'));
  await user.selectOptions(screen.getByRole('combobox', { name: 'Group by' }), 'operation');
  await waitFor(() => expect(groups()).toContain('postgres.query'));
});

test('a row of a table brings out its spans in the other views', async () => {
  const { history, user } = renderApp(`${PATH}?view=list`, serverWith(checkout));
  const table = await screen.findByRole('table', { name: /^Resources of the trace/ });
  const query = within(table).getByRole('button', { name: /^SELECT p.id/ });
  await user.click(query);
  await waitFor(() => expect(query.getAttribute('aria-pressed')).toBe('true'));
  expect(history.location.search).toContain('by=service,resource');
  expect(screen.getByText('20 spans', { selector: '.picked-spans-count' })).toBeTruthy();
  await user.keyboard('1');
  const rows = within(await screen.findByRole('treegrid')).getAllByRole('row');
  const lit = rows.filter((row) => row.dataset.dimmed === 'false').map((row) => row.textContent);
  expect(lit).toHaveLength(1);
  expect(lit[0]).toContain('×20');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(history.location.search).toBe('?view=waterfall'));
});

test('the statistics have durations and self times, and follow the filters', async () => {
  const { history, user } = renderApp(`${PATH}?view=statistics`);
  await screen.findByRole('table', { name: /^Durations and self times/ });
  const rows = tableRows();
  expect(rows.map(([name]) => name)).toHaveLength(3);
  const selfs = modelFor(scenarios.thinker).skeleton.spans.self_ns;
  expect(selfs.every((ns) => ns >= 0)).toBe(true);
  expect(rows.find(([name]) => name.endsWith('think'))?.[1]).toBe('2');
  expect(screen.getByText('All 4 spans of the trace')).toBeTruthy();
  await user.keyboard('/');
  await user.keyboard('foo_bar');
  await waitFor(() => expect(history.location.search).toContain('q=foo_bar'));
  expect(await screen.findByText('1 of 4 spans: what the filters leave')).toBeTruthy();
  expect(tableRows()).toHaveLength(1);
  await user.keyboard('zzz');
  expect(await screen.findByRole('heading', { name: 'No span is left' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Clear the filters' }));
  await waitFor(() => expect(tableRows()).toHaveLength(3));
});

test('a lone span can be looked at in every way', async () => {
  const lone: Scenario = (b) => void b.span('web', 'request', 'GET /', {});
  const { user } = renderApp(PATH, serverWith(lone));
  await screen.findByRole('treegrid');
  for (const view of ['2', '3', '4', '1']) {
    await user.keyboard(view);
    await user.keyboard('e.,fwd0');
    expect(await axeFindings()).toEqual([]);
  }
  await screen.findByRole('treegrid');
  expect(document.querySelectorAll('[data-row]')).toHaveLength(1);
});
