// The waterfall's rows as elements: only those on screen and some around them exist, and scrolling writes new contents into
// those that have left the screen.
//
// Lives outside of React, for what a frame costs: a render of two dozen rows with their icons and texts takes longer than
// all else in a frame of scrolling. React says what is to be shown; scrolling, zooming and resizing don't concern it.
// While rows fly by, they have names and bars only; the rest is written, and the elements put in order, once they rest.

import { isGroupRow } from '../../../viz/tree-rows';
import type { ViewRange } from '../../../viz/view-range';
import { ROW_HEIGHT, RowElement } from './row-element';
import type { RowScene } from './row-scene';
import { type RowWindow, topRowFor, windowOfRows } from './row-window';

export const HEADER_HEIGHT = 28;
// So many new rows at once are more than an eye can read.
const READABLE_MAX = 10;
const REST_MS = 100;

export interface RowPoolElements {
  scroller: HTMLElement;
  body: HTMLElement;
  view: ViewRange;
}

export class RowPool {
  #elements: RowPoolElements | null = null;
  #scene: RowScene | null = null;
  // By row.
  #shown = new Map<number, RowElement>();
  #topRow = 0;
  #laneWidth = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  // Until the returned function is called.
  attach(elements: RowPoolElements): () => void {
    this.#elements = elements;
    const { scroller, body, view } = elements;
    const scrolled = () => this.#scrolled();
    const resized = new ResizeObserver(() => this.#resized());
    resized.observe(body);
    resized.observe(scroller);
    scroller.addEventListener('scroll', scrolled, { passive: true });
    body.addEventListener('mouseover', this.#explain);
    const leave = view.watch(() => this.#place(false));
    return () => {
      resized.disconnect();
      leave();
      scroller.removeEventListener('scroll', scrolled);
      body.removeEventListener('mouseover', this.#explain);
      clearTimeout(this.#rest);
      body.replaceChildren();
      this.#shown.clear();
      this.#elements = null;
      this.#scene = null;
    };
  }

  show(scene: RowScene): void {
    if (!this.#elements) return;
    const sameTrace = this.#scene?.model === scene.model;
    this.#scene = scene;
    if (!sameTrace) this.#forget();
    this.#settle();
  }

  // Scrolls until the row is in sight, or in the middle.
  bring(place: number, align: 'auto' | 'center'): void {
    if (!this.#elements) return;
    const { scroller } = this.#elements;
    scroller.scrollTop = topRowFor(place, scroller.scrollTop / ROW_HEIGHT, this.#visibleRows(), align) * ROW_HEIGHT;
    this.#settle();
  }

  focus(row: number): void {
    this.#shown.get(row)?.element.focus({ preventScroll: true });
  }

  // Rows of a screen.
  #visibleRows(): number {
    return Math.max(0, (this.#elements?.scroller.clientHeight ?? 0) - HEADER_HEIGHT) / ROW_HEIGHT;
  }

  #window(moved: number): RowWindow {
    return windowOfRows(this.#scene?.rows.length ?? 0, this.#topRow, this.#visibleRows(), moved);
  }

  #scrolled(): void {
    const [scene, elements] = [this.#scene, this.#elements];
    if (!scene || !elements) return;
    const topRow = elements.scroller.scrollTop / ROW_HEIGHT;
    const moved = topRow - this.#topRow;
    this.#topRow = topRow;
    const { first, end } = this.#window(moved);
    const missing: number[] = [];
    for (let place = first; place < end; place++) if (!this.#shown.has(scene.rows[place])) missing.push(place);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#settle(), REST_MS);
    const spare = missing.length > 0 ? this.#outside({ first, end }) : [];
    const full = missing.length <= READABLE_MAX;
    for (const place of missing) this.#take(spare.pop(), place).write(scene, place, full);
    this.#place(false);
  }

  // Elements whose rows aren't needed; not the cursor's, nor what has the focus.
  #outside({ first, end }: RowWindow): RowElement[] {
    const cursorPlace = this.#scene?.cursorPlace;
    const outside: RowElement[] = [];
    for (const element of this.#shown.values()) {
      const { place } = element;
      const held = place === cursorPlace || element.element === document.activeElement;
      if ((place < first || place >= end) && !held) outside.push(element);
    }
    return outside;
  }

  #take(spare: RowElement | undefined, place: number): RowElement {
    const row = this.#scene?.rows[place] ?? 0;
    const element = spare ?? new RowElement();
    if (spare) this.#shown.delete(spare.row);
    else this.#elements?.body.append(element.element);
    this.#shown.set(row, element);
    return element;
  }

  // All rows as they should be, in their order, and none too many.
  #settle(): void {
    const [scene, elements] = [this.#scene, this.#elements];
    if (!scene || !elements) return;
    clearTimeout(this.#rest);
    const { body, scroller } = elements;
    const focused = body.contains(document.activeElement) ? document.activeElement?.closest('[data-row]') : null;
    this.#topRow = Math.min(scroller.scrollTop / ROW_HEIGHT, Math.max(0, scene.rows.length - 1));
    const { first, end } = this.#window(0);
    const places = Array.from({ length: end - first }, (_, i) => first + i);
    if (scene.cursorPlace < first) places.unshift(scene.cursorPlace);
    else if (scene.cursorPlace >= end && scene.cursorPlace < scene.rows.length) places.push(scene.cursorPlace);

    const before = this.#shown;
    const wanted = new Set(places.map((place) => scene.rows[place]));
    const spare = [...before.values()].filter((element) => !wanted.has(element.row));
    this.#shown = new Map();
    const order = places.map((place) => {
      const row = scene.rows[place];
      // Whatever has the focus may keep it only as the row that it is.
      const element = before.get(row) ?? takeUnfocused(spare, focused) ?? new RowElement();
      this.#shown.set(row, element);
      element.write(scene, place, true);
      return element.element;
    });
    for (const element of spare) element.element.remove();
    putInOrder(body, order, focused);
    if (focused && !focused.isConnected) this.focus(scene.rows[scene.cursorPlace]);
    this.#place(true);
  }

  #forget(): void {
    for (const { element } of this.#shown.values()) element.remove();
    this.#shown.clear();
    this.#laneWidth = 0;
  }

  #resized(): void {
    this.#laneWidth = 0;
    if (this.#scene) this.#settle();
  }

  // The bars where the zoom wants them. `all` is false while something moves: then only of rows that can be seen.
  #place(all: boolean): void {
    const [scene, elements] = [this.#scene, this.#elements];
    if (!scene || !elements) return;
    // Asking for it in every frame would make the browser lay out every frame twice.
    this.#laneWidth ||= elements.body.querySelector('.waterfall-lane')?.clientWidth ?? 0;
    const { first, end } = all ? { first: 0, end: scene.rows.length } : this.#window(0);
    for (const element of this.#shown.values()) {
      if (element.place >= first && element.place < end) element.placeBars(elements.view, this.#laneWidth);
    }
  }

  // What a pointer rests on is explained in words that nobody needs before.
  #explain = (event: Event): void => {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>('[data-row]')?.dataset.row;
    if (row === undefined || !this.#scene) return;
    const element = this.#shown.get(Number(row));
    if (element && !isGroupRow(element.row)) element.explain(this.#scene.model);
  };
}

function takeUnfocused(spare: RowElement[], focused: Element | null | undefined): RowElement | undefined {
  const place = spare.findLastIndex((element) => element.element !== focused);
  return place < 0 ? undefined : spare.splice(place, 1)[0];
}

// Moves as few as possible, and never what has the focus: it would lose it.
function putInOrder(body: HTMLElement, order: readonly HTMLElement[], focused: Element | null | undefined): void {
  let at: Element | null = body.firstElementChild;
  for (const element of order) {
    if (element === focused) {
      while (at && at !== element) {
        const next: Element | null = at.nextElementSibling;
        body.append(at);
        at = next;
      }
    }
    if (element === at) at = at.nextElementSibling;
    else body.insertBefore(element, at);
  }
}
