import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as scenarios from '../../../../dev/scenarios.mjs';
import { modelFor, type Scenario } from '../../../testing/traces';
import { colorGroupsOf, groupOfSpans } from '../../../viz/color-groups';
import { searchTerms } from '../../../viz/span-search';
import { TreeRows } from '../../../viz/tree-rows';
import { ViewRange } from '../../../viz/view-range';
import { highlightFor } from '../highlight';
import { ROW_HEIGHT } from './row-element';
import { RowPool } from './row-pool';
import type { RowScene } from './row-scene';

// As setup.ts has every element, without the header.
const SCREEN_ROWS = Math.floor((600 - 28) / ROW_HEIGHT);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => document.body.replaceChildren());

function poolFor(scenario: Scenario) {
  const model = modelFor(scenario);
  const groups = colorGroupsOf(model.skeleton, 'service');
  const colors = { ...groups, of: groupOfSpans(model.skeleton, groups) };
  const tree = new TreeRows(model);
  const [scroller, body] = [document.createElement('div'), document.createElement('div')];
  scroller.append(body);
  document.body.append(scroller);
  const view = new ViewRange(model.durationNs);
  const pool = new RowPool();
  const detach = pool.attach({ scroller, body, view });
  const show = (part: Partial<RowScene> & { q?: string } = {}) =>
    pool.show({
      model,
      colors,
      tree,
      rows: tree.rows,
      indent: 14,
      highlight: highlightFor(model, colors, { ...(part.q && { q: part.q }) }),
      terms: searchTerms(part.q ?? ''),
      selected: -1,
      cursorPlace: 0,
      ...part,
    });
  const scrollTo = (row: number) => {
    scroller.scrollTop = row * ROW_HEIGHT;
    scroller.dispatchEvent(new Event('scroll'));
  };
  const shown = () => Array.from(body.children as HTMLCollectionOf<HTMLElement>);
  const places = () => shown().map((row) => Number(row.getAttribute('aria-rowindex')) - 2);
  return { model, tree, view, pool, detach, show, scrollTo, shown, places, body };
}

const many: Scenario = (b) => scenarios.nightlyImport(b, 2_000);
// Everything a row says, and where it stands, whatever was set first.
function written(node: Node): unknown {
  if (!(node instanceof HTMLElement)) return node.textContent;
  const attributes = Array.from(node.attributes, ({ name, value }) => `${name}=${value.split('; ').sort().join('; ')}`);
  return [node.tagName, ...attributes.sort(), ...Array.from(node.childNodes, written).filter((part) => part !== '')];
}

test('only what is on screen exists, in the order of the rows', () => {
  const { show, places } = poolFor(many);
  show();
  expect(places()).toEqual(Array.from({ length: SCREEN_ROWS + 7 }, (_, i) => i));
});

test('scrolling writes rows into those that left, and more of them where it leads', () => {
  const { tree, show, scrollTo, shown, places } = poolFor(many);
  tree.expandAll();
  show();
  const before = new Set(shown());
  for (let row = 10; row <= 400; row += 10) {
    scrollTo(row);
    const there = new Set(places());
    for (let place = row; place < row + SCREEN_ROWS + 10; place++) expect(there.has(place)).toBe(true);
    expect(there.size).toBe(places().length);
    expect(there.size).toBeLessThan(2 * SCREEN_ROWS + 20);
  }
  expect(shown().some((row) => before.has(row))).toBe(true);
});

test('rows that were scrolled to are written like rows that were there at first', () => {
  const scrolled = poolFor(many);
  scrolled.tree.expandAll();
  scrolled.show();
  for (const row of [3, 60, 900, 905, 300, 10, 500]) scrolled.scrollTo(row);
  vi.runAllTimers();

  const fresh = poolFor(many);
  fresh.tree.expandAll();
  fresh.body.parentElement?.scrollTo(0, 500 * ROW_HEIGHT);
  fresh.show();
  // The row that the cursor is on is there in both.
  expect(scrolled.places()).toEqual(fresh.places());
  expect(scrolled.places()).toEqual(scrolled.places().toSorted((a, b) => a - b));
  expect(scrolled.shown().map(written)).toEqual(fresh.shown().map(written));
});

test('the cursor’s row stays, with the focus, wherever it is', () => {
  const { tree, show, scrollTo, shown, pool } = poolFor(many);
  tree.expandAll();
  show({ rows: tree.rows, cursorPlace: 2 });
  pool.focus(tree.rows[2]);
  const held = document.activeElement;
  expect(held?.getAttribute('data-row')).toBe(String(tree.rows[2]));
  for (const row of [40, 800, 1_200]) scrollTo(row);
  vi.runAllTimers();
  expect(document.activeElement).toBe(held);
  expect(held?.getAttribute('data-row')).toBe(String(tree.rows[2]));
  expect(shown().filter((row) => row.tabIndex === 0)).toEqual([held]);
});

test('when the row with the focus is folded away, the cursor’s row takes it', () => {
  const { tree, show, pool } = poolFor(many);
  show({ cursorPlace: 3 });
  pool.focus(tree.rows[3]);
  tree.collapseAll();
  show({ rows: tree.rows, cursorPlace: 0 });
  expect(document.activeElement?.getAttribute('data-row')).toBe('0');
});

test('words are marked while they are searched for, and no longer', () => {
  const { show, shown, body } = poolFor(scenarios.thinker);
  show();
  const plain = shown().map((row) => row.querySelector('.waterfall-names')?.textContent);
  show({ q: 'think' });
  expect(Array.from(body.querySelectorAll('mark'), (mark) => mark.textContent)).toContain('think');
  expect(shown().map((row) => row.querySelector('.waterfall-names')?.textContent)).toEqual(plain);
  show();
  expect(body.querySelector('mark')).toBeNull();
  expect(shown().map((row) => row.querySelector('.waterfall-names')?.textContent)).toEqual(plain);
});

test('bars stand where the zoom wants them', () => {
  const { model, view, show, shown } = poolFor(scenarios.thinker);
  show();
  const bar = () => {
    const style = shown()[1].querySelector<HTMLElement>('.waterfall-bar')?.style;
    return [parseFloat(style?.left ?? ''), 100 - parseFloat(style?.right ?? '')];
  };
  const share = (ns: number) => (100 * (ns - view.t0)) / (view.t1 - view.t0);
  expect(bar()[0]).toBeCloseTo(share(model.start[1]), 3);
  expect(bar()[1]).toBeCloseTo(share(model.end[1]), 3);
  view.set(model.start[1], model.start[1] + 100);
  // Cut off near the edge of the screen.
  expect(bar()).toEqual([0, 105]);
});

test('a row has signs for errors, gaps, what outlives it, and its level when that is deep', () => {
  const outliving: Scenario = (b) =>
    b.span('web', 'request', 'GET /', {}, () => {
      b.wait(50);
      b.span('web', 'parse', 'parse', {}, () => b.wait(1));
      const late = b.span('queue', 'send', 'send', { failed: true }, () => b.wait(10));
      late.duration += 50_000_000;
    });
  const { show, body } = poolFor(outliving);
  show();
  const titles = Array.from(body.querySelectorAll('[title]'), (element) =>
    element.getAttribute('title')?.replaceAll('\u00a0', ' '),
  );
  expect(titles).toContain('Something below it ends 50 ms later');
  expect(titles).toContain('uninstrumented 50 ms: no child ran');
  expect(body.querySelector('[data-row="0"] .waterfall-error-below')?.getAttribute('aria-label')).toBe('1 error below');
  expect(body.querySelector('[data-row="2"] .waterfall-error-own')?.getAttribute('aria-label')).toBe('failed');

  const deep = poolFor(scenarios.deep);
  deep.show();
  expect(deep.body.querySelector('[data-row="24"] .waterfall-level')).toBeNull();
  expect(deep.body.querySelector('[data-row="25"] .waterfall-level')?.textContent).toBe('26');
  const indents = deep.shown().map((row) => row.querySelector<HTMLElement>('.waterfall-tree')?.style.paddingLeft);
  expect(indents[26]).toBe(indents[24]);
});

test('while no detail is open no row is selected, not even that of the first group', () => {
  const { show, body } = poolFor((b) => scenarios.checkout(b, { items: 20, declined: true }));
  show();
  expect(body.querySelector('[data-row="-1"]')?.textContent).toContain('×20');
  expect(body.querySelector('[aria-selected="true"]')).toBeNull();
  show({ selected: 2 });
  expect(body.querySelector('[aria-selected="true"]')?.getAttribute('data-row')).toBe('2');
});

test('what is explained is explained to a pointer only', () => {
  const { show, shown } = poolFor(scenarios.thinker);
  show();
  const [row] = shown();
  const names = row.querySelector('.waterfall-names');
  expect(names?.hasAttribute('title')).toBe(false);
  names?.dispatchEvent(new Event('mouseover', { bubbles: true }));
  expect(names?.getAttribute('title')).toBe('thinker-api flask.request\nGET /think/');
  expect(row.querySelector('.waterfall-bar')?.getAttribute('title')).toContain('self time');
});

test('nothing is left when the waterfall goes', () => {
  const { show, detach, body } = poolFor(many);
  show();
  detach();
  expect(body.children).toHaveLength(0);
});
