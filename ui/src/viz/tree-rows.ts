// Which rows of a trace's tree are visible: the state of collapsing and expanding, flattened into one Int32Array.
//
// A row is a span's index, or ~g for the g-th group of identical siblings. Nothing is allocated per row: a toggle rewrites
// one array, which takes about a millisecond for 50,000 spans. Watchers are told of every change.

import type { TraceModel } from './trace-model';
import { SPAN_FLAGS } from './trace-model';

// Up to here, everything is expanded at first.
const SMALL_TRACE_SPANS = 500;
// In larger traces: this many levels, and what leads to the critical path and to errors.
const INITIAL_LEVELS = 3;

export function isGroupRow(row: number): boolean {
  return row < 0;
}

// The span that stands for the row: itself, or the group's first member.
export function spanOfRow(model: TraceModel, row: number): number {
  return row < 0 ? model.groups.first[~row] : row;
}

export class TreeRows {
  readonly model: TraceModel;
  readonly #collapsed: Uint8Array;
  readonly #openGroups: Uint8Array;
  readonly #buffer: Int32Array;
  #rows: Int32Array;
  readonly #watchers = new Set<() => void>();

  constructor(model: TraceModel) {
    this.model = model;
    this.#collapsed = new Uint8Array(model.count);
    this.#openGroups = new Uint8Array(model.groups.count);
    this.#buffer = new Int32Array(model.count + model.groups.count);
    if (model.count > SMALL_TRACE_SPANS) {
      const { level, childCount, flags, errorsBelow } = model;
      for (let i = 0; i < model.count; i++) {
        const leadsSomewhere = flags[i] & SPAN_FLAGS.critical || errorsBelow[i] > 0;
        this.#collapsed[i] = childCount[i] > 0 && level[i] >= INITIAL_LEVELS && !leadsSomewhere ? 1 : 0;
      }
    }
    this.#rows = this.#flatten();
  }

  // The visible rows, top to bottom. A new array after each change, so it can be compared by identity.
  get rows(): Int32Array {
    return this.#rows;
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  snapshot = (): Int32Array => this.#rows;

  isExpandable(row: number): boolean {
    return row < 0 || this.model.childCount[row] > 0;
  }

  isExpanded(row: number): boolean {
    return row < 0 ? this.#openGroups[~row] === 1 : this.model.childCount[row] > 0 && this.#collapsed[row] === 0;
  }

  setExpanded(row: number, expanded: boolean): void {
    if (!this.isExpandable(row) || this.isExpanded(row) === expanded) return;
    if (row < 0) this.#openGroups[~row] = expanded ? 1 : 0;
    else this.#collapsed[row] = expanded ? 0 : 1;
    this.#changed();
  }

  toggle(row: number): void {
    this.setExpanded(row, !this.isExpanded(row));
  }

  expandAll(): void {
    this.#collapsed.fill(0);
    this.#openGroups.fill(1);
    this.#changed();
  }

  collapseAll(): void {
    this.expandToLevel(0);
  }

  // Rows of levels 0 … `level` become visible, deeper ones don't.
  expandToLevel(level: number): void {
    const { model } = this;
    for (let i = 0; i < model.count; i++) this.#collapsed[i] = model.level[i] >= level ? 1 : 0;
    for (let g = 0; g < model.groups.count; g++) this.#openGroups[g] = this.#levelOfGroup(g) < level ? 1 : 0;
    this.#changed();
  }

  // The deepest level such that everything above it is visible.
  shownLevel(): number {
    const { model } = this;
    let shown = Number.POSITIVE_INFINITY;
    for (const row of this.#rows) {
      if (this.isExpandable(row) && !this.isExpanded(row)) shown = Math.min(shown, this.levelOf(row));
    }
    return Number.isFinite(shown) ? shown : model.level.reduce((max, level) => Math.max(max, level), 0);
  }

  // Expands whatever hides the span.
  reveal(span: number): void {
    const { parent, groups } = this.model;
    let hidden = false;
    for (let at = span; at >= 0; at = parent[at]) {
      const group = groups.memberOf[at];
      if (group >= 0 && !this.#openGroups[group]) {
        this.#openGroups[group] = 1;
        hidden = true;
      }
      const above = parent[at];
      if (above >= 0 && this.#collapsed[above]) {
        this.#collapsed[above] = 0;
        hidden = true;
      }
    }
    if (hidden) this.#changed();
  }

  // Place of the span's own row, or -1 while it is hidden.
  rowIndexOf(span: number): number {
    const place = this.#lastRowNotAfter(span);
    return place >= 0 && this.#rows[place] === span ? place : -1;
  }

  // Place of a row, or of the collapsed one that hides it.
  placeOf(row: number): number {
    const place = Math.max(0, this.#lastRowNotAfter(spanOfRow(this.model, row)));
    // An open group's row stands right before that of its first member.
    return isGroupRow(row) && place > 0 && this.#rows[place - 1] === row ? place - 1 : place;
  }

  levelOf(row: number): number {
    return row < 0 ? this.#levelOfGroup(~row) : this.model.level[row];
  }

  // The row one level up, or null at the top.
  parentRowOf(row: number): number | null {
    const { parent, groups } = this.model;
    if (row >= 0 && groups.memberOf[row] >= 0) return ~groups.memberOf[row];
    const above = parent[spanOfRow(this.model, row)];
    return above < 0 ? null : above;
  }

  // Takes over what was collapsed and expanded in an earlier state of the same trace.
  adopt(earlier: TreeRows): void {
    const idsBefore = earlier.model.skeleton.spans.id;
    const before = new Map<string, number>();
    for (let i = 0; i < idsBefore.length; i++) before.set(idsBefore[i], i);
    const ids = this.model.skeleton.spans.id;
    for (let i = 0; i < ids.length; i++) {
      const old = before.get(ids[i]);
      if (old !== undefined) this.#collapsed[i] = earlier.#collapsed[old];
    }
    const { groups } = this.model;
    for (let g = 0; g < groups.count; g++) {
      const old = before.get(ids[groups.first[g]]);
      const oldGroup = old === undefined ? -1 : earlier.model.groups.memberOf[old];
      if (oldGroup >= 0) this.#openGroups[g] = earlier.#openGroups[oldGroup];
    }
    this.#changed();
  }

  #levelOfGroup(group: number): number {
    return this.model.level[this.model.groups.first[group]] - 1;
  }

  // Rows are in the order of the spans that stand for them, a group's row before its first member's.
  #lastRowNotAfter(span: number): number {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (spanOfRow(this.model, this.#rows[middle]) <= span) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }

  #flatten(): Int32Array {
    const { count, groups, subtreeEnd } = this.model;
    const out = this.#buffer;
    let rows = 0;
    for (let i = 0; i < count; ) {
      const group = groups.memberOf[i];
      if (group >= 0 && groups.first[group] === i) {
        out[rows++] = ~group;
        if (!this.#openGroups[group]) {
          i = groups.end[group];
          continue;
        }
      }
      out[rows++] = i;
      i = this.#collapsed[i] ? subtreeEnd[i] : i + 1;
    }
    return out.slice(0, rows);
  }

  #changed(): void {
    this.#rows = this.#flatten();
    for (const watcher of this.#watchers) watcher();
  }
}
