// Parts of a trace, measures and sums, as they are on the screen.

import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import * as scenarios from '../../../dev/scenarios.mjs';
import { axeFindings } from '../../testing/axe';
import { fakeServer, renderApp } from '../../testing/render-app';
import { modelFor, type Scenario, skeletonFor, TRACE_ID } from '../../testing/traces';
import { flameScale, pixelOf } from '../../viz/flame-columns';
import { FLAME_PITCH, FLAME_TOP } from '../../viz/flame-draw';
import { assignLanes } from '../../viz/lanes';

const PATH = `/trace/${TRACE_ID}`;
const thinker = modelFor(scenarios.thinker);
const idOf = (span: number) => thinker.skeleton.spans.id[span];
const checkout: Scenario = (b) => scenarios.checkout(b, { items: 20, declined: true });
const plain = (text: string | null | undefined) => (text ?? '').replaceAll('\u00a0', ' ');

function serverWith(scenario: Scenario) {
  const server = fakeServer();
  server.scenarios.set(TRACE_ID, scenario);
  return server;
}

const flameGraph = () => screen.findByRole('application', { name: /^Flame graph of/ });
const rowTexts = () => Array.from(document.querySelectorAll('.waterfall-names'), (names) => names.textContent);
const menuItem = (name: RegExp | string) => within(screen.getByRole('menu')).getByRole('menuitem', { name });

function pointOf(span: number) {
  const scale = flameScale(0, thinker.durationNs, 1000);
  const lane = assignLanes(thinker).laneOf[span];
  return {
    clientX: (pixelOf(scale, thinker.start[span]) + pixelOf(scale, thinker.end[span])) / 2,
    clientY: FLAME_TOP + (lane + 0.5) * FLAME_PITCH,
  };
}

test('a right click on the flame graph leads to the span’s menu', async () => {
  const { history, user } = renderApp(`${PATH}?view=flame`);
  fireEvent.contextMenu(await flameGraph(), pointOf(3));
  expect(document.activeElement).toBe(menuItem('Open the detail'));
  expect(await axeFindings()).toEqual([]);
  await user.click(menuItem('Copy the span id'));
  expect(await navigator.clipboard.readText()).toBe(idOf(3));
  expect(screen.queryByRole('menu')).toBeNull();
  fireEvent.contextMenu(await flameGraph(), pointOf(3));
  await user.click(menuItem('Copy a link to this span'));
  expect(await navigator.clipboard.readText()).toContain(`span=${idOf(3)}`);
  fireEvent.contextMenu(await flameGraph(), pointOf(3));
  await user.click(menuItem('Hide thinker-microservice'));
  await waitFor(() => expect(history.location.search).toBe('?view=flame&hide=thinker-microservice'));
  expect(await screen.findByRole('application', { name: /^Flame graph of 1 span / })).toBeTruthy();
  // What is left can't be hidden.
  fireEvent.contextMenu(await flameGraph(), pointOf(0));
  expect(menuItem('Hide thinker-api').hasAttribute('disabled')).toBe(true);
});

test('the keyboard opens the menu of the span that it is on, and walks it', async () => {
  const { history, user } = renderApp(`${PATH}?view=flame`);
  const graph = await flameGraph();
  graph.focus();
  await user.keyboard('{ArrowDown}{ArrowDown}{Shift>}{F10}{/Shift}');
  expect(document.activeElement).toBe(menuItem('Open the detail'));
  await user.keyboard('{ArrowUp}');
  expect(document.activeElement).toBe(menuItem('Copy the span id'));
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('menu')).toBeNull();
  expect(document.activeElement).toBe(graph);
  await user.keyboard('{ContextMenu}{ArrowDown}{Enter}');
  await waitFor(() => expect(history.location.search).toBe(`?view=flame&focus=${idOf(2)}`));
  expect(screen.getByText('3 of 4 spans')).toBeTruthy();
  await user.keyboard('1');
  await screen.findByRole('treegrid');
  expect(rowTexts()).toEqual([
    'thinker-api flask.request GET /think/',
    'thinker-microservice aiohttp.request GET /',
    'thinker-microservice think',
  ]);
  await user.click(screen.getByRole('button', { name: 'Show the whole trace again' }));
  await waitFor(() => expect(rowTexts()).toHaveLength(4));
});

test('rows of the waterfall have the same menu', async () => {
  const { history, user } = renderApp(PATH);
  await screen.findByRole('treegrid');
  const row = document.querySelector('[data-row="1"]') as HTMLElement;
  row.focus();
  fireEvent.contextMenu(row);
  await user.click(menuItem('Focus on this subtree'));
  await waitFor(() => expect(history.location.search).toBe(`?focus=${idOf(1)}`));
});

test('Shift and dragging measures, in the address as well', async () => {
  const { history, user } = renderApp(`${PATH}?view=flame`);
  const graph = await flameGraph();
  const box = { left: 0, right: 1000, width: 1000, top: 0, bottom: 600, height: 600 } as DOMRect;
  const canvas = document.querySelector('.flame-canvas') as HTMLElement;
  canvas.getBoundingClientRect = () => box;
  const at = (x: number) => ({
    clientX: x,
    clientY: 30,
    button: 0,
    shiftKey: true,
    pointerType: 'mouse',
    pointerId: 1,
  });
  graph.setPointerCapture = () => undefined;
  fireEvent.pointerDown(canvas, at(100));
  fireEvent.pointerMove(canvas, at(900));
  fireEvent.pointerUp(canvas, at(900));
  const text = await screen.findByText(/^Δ/);
  const within80 = [0, 1, 2, 3].filter(
    (span) => thinker.start[span] >= thinker.durationNs * 0.1 && thinker.end[span] <= thinker.durationNs * 0.9,
  );
  expect(plain(text.textContent)).toBe(`Δ 1.13 s, ${within80.length} span inside`);
  await waitFor(() => expect(new URLSearchParams(history.location.search).get('m1')).not.toBeNull());
  const params = new URLSearchParams(history.location.search);
  expect(Number(params.get('m1')) - Number(params.get('m0'))).toBeCloseTo(thinker.durationNs * 0.8, -2);
  expect(params.get('t0')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Let go of the measure' }));
  await waitFor(() => expect(history.location.search).toBe('?view=flame'));
});

test('m measures a span, M up to another, and a link shows it again', async () => {
  const { history, user, unmount } = renderApp(PATH);
  await screen.findByRole('treegrid');
  (document.querySelector('[data-row="0"]') as HTMLElement).focus();
  await user.keyboard('jjm');
  expect(plain((await screen.findByText(/^Δ/)).textContent)).toMatch(/, 1 span inside$/);
  await user.keyboard('jM');
  expect(plain(screen.getByText(/^Δ/).textContent)).toMatch(/, 2 spans inside$/);
  await waitFor(() => expect(history.location.search).toContain(`m1=${thinker.end[3]}`));
  const shown = screen.getByText(/^Δ/).textContent;
  const link = PATH + history.location.search;
  await user.keyboard('{Escape}');
  expect(screen.queryByText(/^Δ/)).toBeNull();
  unmount();
  renderApp(link);
  expect((await screen.findByText(/^Δ/)).textContent).toBe(shown);
});

// As it is written with all of its digits.
function exactNs(element: Element): number {
  const [, value, unit] = /^([\d,.]+)\s(ns|µs|ms|s)/.exec(element.getAttribute('title') ?? '') ?? [];
  return Math.round(Number(value.replaceAll(',', '')) * { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 }[unit as 'ns']);
}

test('the parts of the critical path sum to the trace’s duration', async () => {
  const { user } = renderApp(PATH, serverWith(checkout));
  await screen.findByRole('treegrid');
  await user.keyboard('p');
  const list = await screen.findByRole('region', { name: 'Critical path' });
  const { duration_ns } = skeletonFor(checkout);
  const parts = Array.from(list.querySelectorAll('.critical-path-time'), exactNs);
  expect(parts.length).toBeGreaterThan(3);
  const total = exactNs(list.querySelector('p b') as Element);
  expect(parts.reduce((sum, ns) => sum + ns, 0)).toBe(total);
  expect(total).toBe(duration_ns);
  expect(list.textContent).toContain('all of the trace');
  const shares = Array.from(list.querySelectorAll('.critical-path-time'), (time) =>
    Number(/\(<?([\d.]+)%\)/.exec(time.textContent ?? '')?.[1]),
  );
  expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(shares.length / 2);
  expect(await axeFindings()).toEqual([]);
});

test('percentages of the legend sum to 100, counts to all spans, whatever it is by', async () => {
  const { user } = renderApp(PATH, serverWith(checkout));
  const { span_count } = skeletonFor(checkout);
  for (const by of ['service', 'host', 'type', 'kind']) {
    await user.selectOptions(await screen.findByRole('combobox', { name: 'Colour by' }), by);
    const legend = await screen.findByRole('list', { name: new RegExp(`^${by}s by`, 'i') });
    const read = (selector: string) =>
      Array.from(legend.querySelectorAll(selector), (text) => Number(/[\d.]+/.exec(text.textContent ?? '')?.[0]));
    const shares = read('.service-legend-share');
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(1);
    expect(read('.service-legend-count').reduce((sum, count) => sum + count, 0)).toBe(span_count);
  }
});

test('percentages of the span list sum to 100 over the groups, and within a group to the group’s', async () => {
  renderApp(`${PATH}?view=list`, serverWith(checkout));
  await screen.findByRole('table', { name: /^Resources of the trace/ });
  const rows = Array.from(document.querySelectorAll<HTMLElement>('.figures-table tbody tr[data-place]'), (row) => ({
    isGroup: row.dataset.group === 'true',
    share: Number(/[\d.]+/.exec(row.children[4].textContent ?? '')?.[0]),
    spans: Number(row.children[1].textContent),
  }));
  const sum = (some: typeof rows, of: 'share' | 'spans') => some.reduce((total, row) => total + row[of], 0);
  const groups = rows.filter((row) => row.isGroup);
  expect(Math.abs(sum(groups, 'share') - 100)).toBeLessThan(1);
  expect(sum(groups, 'spans')).toBe(skeletonFor(checkout).span_count);
  for (const [place, row] of rows.entries()) {
    if (!row.isGroup) continue;
    const next = rows.findIndex((other, i) => i > place && other.isGroup);
    const members = rows.slice(place + 1, next < 0 ? rows.length : next);
    expect(sum(members, 'spans')).toBe(row.spans);
    expect(Math.abs(sum(members, 'share') - row.share)).toBeLessThan(0.6);
  }
});
