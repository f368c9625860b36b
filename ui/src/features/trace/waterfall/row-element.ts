// One row of the waterfall: its elements, and how a span or a group of identical siblings is written into them.
//
// Made once and written again and again. What rows rarely have (signs, pills, gaps, events) is added when one has it; what
// is the same as before isn't touched.

import { formatCount, formatCountOf } from '../../../format/count';
import { formatDuration } from '../../../format/duration';
import { isRepeatedColor, slotColor, slotInk } from '../../../ui/service-color';
import { barPlace, labelSide } from '../../../viz/bar-geometry';
import { itemsOf } from '../../../viz/items-by-span';
import { SPAN_FLAGS, type TraceModel } from '../../../viz/trace-model';
import { isGroupRow, spanOfRow } from '../../../viz/tree-rows';
import { untracedGaps } from '../../../viz/untraced-gaps';
import type { ViewRange } from '../../../viz/view-range';
import { isDimmed } from '../highlight';
import { spanOddities, spanText, spanTooltip } from '../span-text';
import { markedParts } from './marked-text';
import type { RowScene } from './row-scene';

export const ROW_HEIGHT = 24;
// Beyond this many levels nothing is indented further; the level's number is shown instead.
const INDENT_LEVELS_MAX = 24;
// No screen is wide enough for more of a name, and texts cost by their length.
const NAME_MAX = 600;
const TREE_START_PX = 17;
// Average advance of a character at 11 px, and the space around the text.
const CHARACTER_PX = 6.4;
const MARGIN_PX = 12;

// Part of the time line: from when to when, in ns after the trace's start.
interface Stretch {
  element: HTMLElement;
  start: number;
  end: number;
}

export class RowElement {
  readonly element = element('div', 'waterfall-row', { role: 'row' });
  row = 0;
  place = -1;
  readonly #tree = element('div', 'waterfall-tree', { role: 'gridcell' });
  readonly #toggle = element('span', 'waterfall-toggle');
  readonly #edge = element('span', 'waterfall-edge');
  readonly #names = element('span', 'waterfall-names');
  readonly #service = element('b', '');
  readonly #operation = document.createTextNode('');
  readonly #resource = element('i', '');
  readonly #lane = element('div', 'waterfall-lane');
  readonly #bar = element('span', 'waterfall-bar');
  readonly #label = element('span', 'waterfall-label');
  // What only this row has, taken away before the next one is written.
  #additions: HTMLElement[] = [];
  #stretches: Stretch[] = [];
  #marked = false;
  readonly #attributes = new Map<string, string | null>();
  // What was written last.
  #scene: RowScene | null = null;
  #full = false;
  #explained = false;
  #guides = -1;
  #slot = 0;
  #start = 0;
  #end = 0;
  // The end of whatever the label must stand behind.
  #latestEnd = 0;
  #labelPx = 0;
  // The zoom that the bars stand at.
  #placedAt = '';

  constructor() {
    const time = element('div', 'waterfall-time', { role: 'gridcell' });
    this.#names.append(this.#service, this.#operation, this.#resource);
    this.#tree.append(this.#toggle, this.#edge, this.#names);
    this.#lane.append(this.#bar, this.#label);
    time.append(this.#lane);
    this.element.append(this.#tree, time);
  }

  // `full` is false for a row that flies by.
  write(scene: RowScene, place: number, full: boolean): void {
    const row = scene.rows[place];
    if (this.place !== place) {
      this.place = place;
      this.element.style.transform = `translateY(${place * ROW_HEIGHT}px)`;
      this.#set('aria-rowindex', String(place + 2));
    }
    const { tree, highlight, model, colors } = scene;
    const span = spanOfRow(model, row);
    const expandable = tree.isExpandable(row);
    const expanded = tree.isExpanded(row);
    const isCursor = place === scene.cursorPlace;
    this.element.tabIndex = isCursor ? 0 : -1;
    this.#set('aria-expanded', expandable ? String(expanded) : null);
    // Rows of groups have numbers below zero, and so has no span at all.
    this.#set('aria-selected', String(!isGroupRow(row) && row === scene.selected));
    this.#set('data-dimmed', String(isDimmed(model, colors.of, highlight, span)));
    if (expandable) this.#toggle.title = expanded ? 'Collapse' : 'Expand';
    if (this.#showsAlready(scene, row, full)) return;

    this.row = row;
    this.#scene = scene;
    this.#full = full;
    this.#placedAt = '';
    this.#clear();
    this.#set('data-row', String(row));
    this.#lane.dataset.laneRow = String(row);
    if (isGroupRow(row)) this.#writeGroup(scene, ~row, full);
    else this.#writeSpan(scene, row, full);
  }

  placeBars(view: ViewRange, width: number): void {
    const at = `${view.t0}:${view.t1}:${width}`;
    if (this.#placedAt === at) return;
    this.#placedAt = at;
    const share = (ns: number) => Math.min(1.05, Math.max(-0.05, (ns - view.t0) / (view.t1 - view.t0)));
    placeStretch(this.#bar, share(this.#start), share(this.#end));
    for (const { element, start, end } of this.#stretches) placeStretch(element, share(start), share(end));
    const place = barPlace(this.#start, this.#latestEnd, view.t0, view.t1);
    const side = labelSide(place, this.#labelPx, width);
    const { style, dataset } = this.#label;
    if (dataset.side !== side) dataset.side = side;
    style.left = side === 'right' ? percent(share(this.#latestEnd)) : '';
    style.right =
      side === 'left'
        ? percent(1 - share(this.#start))
        : side === 'inside'
          ? percent(Math.min(1, Math.max(0, 1 - share(this.#end))))
          : '';
  }

  // For a pointer that rests on the row of a span.
  explain(model: TraceModel): void {
    if (this.#explained) return;
    this.#explained = true;
    const { service, operation, resource, errorLine } = spanText(model, this.row);
    this.#names.title = `${service.name} ${operation}\n${resource}${errorLine && `\n${errorLine}`}`;
    this.#bar.title = spanTooltip(model, this.row);
    this.#label.title = this.#bar.title;
  }

  #showsAlready(scene: RowScene, row: number, full: boolean): boolean {
    const before = this.#scene;
    return (
      before !== null &&
      this.row === row &&
      this.#full === full &&
      before.model === scene.model &&
      before.colors === scene.colors &&
      before.terms === scene.terms &&
      before.highlight.matches === scene.highlight.matches &&
      before.highlight.criticalPath === scene.highlight.criticalPath
    );
  }

  #writeSpan({ model, colors, indent, highlight, terms }: RowScene, span: number, full: boolean): void {
    const text = spanText(model, span);
    const failed = model.failed[span] === 1;
    const errorsBelow = model.errorsBelow[span];
    const matched = highlight.matches?.flags[span] === 1;
    const parent = model.parent[span];
    this.#writePlace(
      model.level[span],
      indent,
      model.siblingIndex[span],
      parent < 0 ? model.rootCount : model.childCount[parent],
    );
    this.#writeToggle(model.childCount[span], true);
    this.#writeColor(colors.groups[colors.of[span]].slot);
    this.#set('data-matched', String(matched));
    this.#set('data-failed', String(failed));
    if (failed) this.#addSign('waterfall-error-own', 'failed');
    else if (errorsBelow > 0) this.#addSign('waterfall-error-below', `${formatCountOf(errorsBelow, 'error')} below`);
    this.#writeNames(text.service.name, text.operation, text.resource, matched ? terms : []);
    if (failed && text.errorLine) {
      const line = element('em', '');
      line.append(' ', ...markedNodes(text.errorLine, matched ? terms : []));
      this.#add(this.#names, line);
    }
    this.#bar.className = 'waterfall-bar';
    this.#setBarState(failed, (model.flags[span] & SPAN_FLAGS.unfinished) !== 0);
    this.#writeTimes(model.start[span], model.end[span], model.latestEnd[span]);
    this.#writeLabel(formatDuration(model.skeleton.spans.duration[span]));
    if (!full) return;

    const pills = [
      ...spanOddities(model, span).map(({ name, meaning }) => badge(name, 'plain', meaning)),
      ...(text.httpMethod ? [badge(text.httpMethod, 'plain')] : []),
      ...(text.httpStatus > 0 ? [statusBadge(text.httpStatus)] : []),
      ...(text.dbSystem ? [badge(text.dbSystem, 'plain')] : []),
    ];
    this.#addPills(pills);
    this.#addStretches(model, span, highlight.criticalPath);
  }

  // Identical siblings in one row: how many they are, and what they cost together.
  #writeGroup({ model, colors, indent }: RowScene, group: number, full: boolean): void {
    const { groups } = model;
    const first = groups.first[group];
    const members = groups.members[group];
    const text = spanText(model, first);
    this.#writePlace(model.level[first] - 1, indent, model.siblingIndex[first], model.childCount[model.parent[first]]);
    this.#writeToggle(members, false);
    this.#writeColor(colors.groups[colors.of[first]].slot);
    this.#set('data-matched', 'false');
    this.#set('data-failed', 'false');
    const times = element('span', 'waterfall-times', { title: `${formatCountOf(members, 'identical span')} in a row` });
    times.textContent = `×${formatCount(members)}`;
    this.#names.before(times);
    this.#additions.push(times);
    if (groups.errors[group] > 0) {
      this.#addSign('waterfall-error-below', `${formatCountOf(groups.errors[group], 'error')} below`);
    }
    this.#writeNames(text.service.name, text.operation, text.resource, []);
    this.#bar.className = 'waterfall-bar waterfall-bar-group';
    this.#setBarState(false, false);
    this.#writeTimes(groups.startNs[group], groups.endNs[group], groups.endNs[group]);
    const total = formatDuration(groups.totalNs[group]);
    this.#writeLabel(`×${formatCount(members)}, ${total}`);
    if (!full) return;

    this.#names.title = `${text.service.name} ${text.operation}\n${text.resource}`;
    this.#bar.title = `${formatCountOf(members, 'span')}, ${total} together`;
    this.#explained = true;
    // One after the other, and to a database: what a list that is loaded item by item looks like.
    const oneByOne = groups.totalNs[group] <= groups.endNs[group] - groups.startNs[group];
    const advice = 'The same query again and again, one after the other. One query for all items is usually faster.';
    const pills = text.dbSystem
      ? [...(oneByOne ? [badge('N+1?', 'warning', advice)] : []), badge(text.dbSystem, 'plain')]
      : [];
    this.#addPills(pills);
  }

  #writePlace(level: number, indent: number, siblingIndex: number, siblingCount: number): void {
    this.#set('aria-level', String(level + 1));
    this.#set('aria-posinset', String(siblingIndex + 1));
    this.#set('aria-setsize', String(siblingCount));
    const guides = Math.min(level, INDENT_LEVELS_MAX) * indent;
    if (this.#guides !== guides) {
      this.#guides = guides;
      this.#tree.style.paddingLeft = `${TREE_START_PX + guides}px`;
      this.#tree.style.backgroundSize = `${guides}px 100%`;
    }
    if (level <= INDENT_LEVELS_MAX) return;
    const number = element('span', 'waterfall-level', { title: `Level ${formatCount(level + 1)}` });
    number.textContent = String(level + 1);
    this.#toggle.before(number);
    this.#additions.push(number);
  }

  #writeToggle(childCount: number, counted: boolean): void {
    const expandable = childCount > 0;
    this.#toggle.toggleAttribute('data-toggle', expandable);
    if (!expandable) this.#toggle.removeAttribute('title');
    setText(this.#toggle, expandable && counted ? formatCount(childCount) : '');
  }

  #writeColor(slot: number): void {
    if (this.#slot === slot) return;
    this.#slot = slot;
    this.element.style.setProperty('--c', slotColor(slot));
    this.element.style.setProperty('--ink', slotInk(slot));
    this.#edge.dataset.repeated = String(isRepeatedColor(slot));
  }

  #writeNames(service: string, operation: string, resource: string, terms: readonly string[]): void {
    const more = resource === operation ? '' : ` ${resource}`;
    if (terms.length === 0 && !this.#marked) {
      setText(this.#service, cut(service));
      this.#operation.data = ` ${cut(operation)}`;
      setText(this.#resource, cut(more));
      return;
    }
    this.#marked = terms.length > 0;
    this.#service.replaceChildren(...markedNodes(service, terms));
    this.#operation.data = ' ';
    const name = element('span', '');
    name.append(...markedNodes(operation, terms));
    this.#operation.after(name);
    this.#additions.push(name);
    this.#resource.replaceChildren(...markedNodes(more, terms));
  }

  #writeTimes(start: number, end: number, latestEnd: number): void {
    this.#start = start;
    this.#end = end;
    this.#latestEnd = latestEnd;
  }

  #writeLabel(text: string): void {
    setText(this.#label, text);
    this.#labelPx = text.length * CHARACTER_PX + MARGIN_PX;
  }

  #setBarState(failed: boolean, unfinished: boolean): void {
    if (this.#set('bar-failed', String(failed))) this.#bar.dataset.failed = String(failed);
    if (this.#set('bar-unfinished', String(unfinished))) this.#bar.dataset.unfinished = String(unfinished);
  }

  // What happened during the span: gaps, events, its part of the critical path, and children that outlive it.
  #addStretches(model: TraceModel, span: number, criticalPath: boolean): void {
    const { events, critical_path } = model.skeleton;
    if (model.latestEnd[span] > model.end[span]) {
      const later = formatDuration(model.latestEnd[span] - model.end[span]);
      const title = `Something below it ends ${later} later`;
      this.#addStretch('waterfall-outlived', model.end[span], model.latestEnd[span], title);
    }
    for (const { start, end } of untracedGaps(model, span)) {
      const title = `uninstrumented ${formatDuration(end - start)}: no child ran`;
      this.#addStretch('waterfall-gap', start, end, title);
    }
    for (const piece of criticalPath ? itemsOf(model.criticalPiecesOf, span) : []) {
      this.#addStretch('waterfall-critical', critical_path[piece].start, critical_path[piece].end, '');
    }
    for (const event of itemsOf(model.eventsOf, span)) {
      const title = `${events.name[event]} at ${formatDuration(events.at[event])}`;
      this.#addStretch('waterfall-event', events.at[event], events.at[event], title);
    }
  }

  #addStretch(className: string, start: number, end: number, title: string): void {
    const added = element('span', className);
    if (title) added.title = title;
    this.#label.before(added);
    this.#additions.push(added);
    this.#stretches.push({ element: added, start, end });
  }

  #addSign(className: string, label: string): void {
    const sign = element('span', `waterfall-sign ${className}`, { role: 'img', 'aria-label': label, title: label });
    this.#names.before(sign);
    this.#additions.push(sign);
  }

  #addPills(pills: readonly HTMLElement[]): void {
    if (pills.length === 0) return;
    const all = element('span', 'waterfall-pills');
    all.append(...pills);
    this.#add(this.#tree, all);
  }

  #add(to: HTMLElement, added: HTMLElement): void {
    to.append(added);
    this.#additions.push(added);
  }

  #clear(): void {
    for (const added of this.#additions) added.remove();
    this.#additions = [];
    this.#stretches = [];
    if (!this.#explained) return;
    this.#explained = false;
    for (const explained of [this.#names, this.#bar, this.#label]) explained.removeAttribute('title');
  }

  // False when it was so before. Names that aren't attributes are only remembered.
  #set(name: string, value: string | null): boolean {
    if (this.#attributes.get(name) === value) return false;
    this.#attributes.set(name, value);
    if (name.startsWith('bar-')) return true;
    if (value === null) this.element.removeAttribute(name);
    else this.element.setAttribute(name, value);
    return true;
  }
}

function element(tag: string, className: string, attributes: Readonly<Record<string, string>> = {}): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// The text of an element that holds nothing else.
function setText(holder: HTMLElement, text: string): void {
  const node = holder.firstChild;
  if (node instanceof Text && node === holder.lastChild) {
    if (node.data !== text) node.data = text;
  } else if (node || text) {
    holder.textContent = text;
  }
}

function cut(text: string): string {
  return text.length > NAME_MAX ? `${text.slice(0, NAME_MAX)}…` : text;
}

function markedNodes(text: string, terms: readonly string[]): (Node | string)[] {
  return markedParts(cut(text), terms).map((part) => {
    if (!part.marked) return part.text;
    const mark = element('mark', '');
    mark.textContent = part.text;
    return mark;
  });
}

function badge(text: string, tone: 'plain' | 'warning' | 'error', title = ''): HTMLElement {
  const made = element('span', `badge badge-${tone}`);
  made.textContent = text;
  if (title) made.title = title;
  return made;
}

function statusBadge(code: number): HTMLElement {
  const tone = code >= 500 ? 'error' : code >= 400 ? 'warning' : 'plain';
  return badge(String(code), tone, `HTTP status ${code}`);
}

function placeStretch({ style }: HTMLElement, left: number, right: number): void {
  style.left = percent(left);
  style.right = percent(1 - right);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(4)}%`;
}
