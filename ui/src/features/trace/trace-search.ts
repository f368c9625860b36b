// What the URL of a trace says: the span that is open, the text searched for, the part of time on screen, what is dimmed,
// and the order of tables.

import { TRACE_VIEWS, type TraceView } from '../../ui/preferences';
import { COLORINGS, type Coloring } from '../../viz/color-groups';
import { parseDimensions } from '../../viz/dimensions';
import { type RawSearch, SearchReader } from '../search-params';

const SPAN_NAME = /^[0-9a-f]{16}(\.\d{1,4})?$/;

export interface TraceSearch {
  // 16 hex digits; `.1` after it for the second of two spans with that id, and so on.
  span?: string;
  view?: TraceView;
  q?: string;
  // Nanoseconds after the trace's start.
  t0?: number;
  t1?: number;
  // Likewise: two moments whose distance is measured.
  m0?: number;
  m1?: number;
  // What spans are coloured by; their service when left out.
  color?: Coloring;
  // Names of what they are coloured by, joined by commas: those that alone aren't dimmed, are dimmed, aren't there at all.
  services?: string;
  dim?: string;
  hide?: string;
  // A span: only its subtree is shown, and what called it.
  focus?: string;
  // The critical path is shown.
  path?: boolean;
  // A span that stands for those that aren't dimmed, and the dimensions in which they are alike.
  like?: string;
  by?: string;
  // What a table's rows are of, and their order: a column, with a minus before it the largest first.
  group?: string;
  sort?: string;
}

export function readTraceSearch(raw: RawSearch): { search: TraceSearch; misunderstood: string[] } {
  const reader = new SearchReader(raw, [
    'span',
    'view',
    'q',
    't0',
    't1',
    'm0',
    'm1',
    'color',
    'services',
    'dim',
    'hide',
    'focus',
    'path',
    'like',
    'by',
    'group',
    'sort',
  ]);
  const span = reader.text('span', (text) => SPAN_NAME.test(text));
  const view = reader.text('view', (text) => TRACE_VIEWS.some((known) => known === text));
  const q = reader.text('q', (text) => text.length <= 500);
  const color = reader.text('color', (text) => COLORINGS.some((known) => known === text));
  const services = reader.text('services', (text) => text.length > 0);
  const dim = reader.text('dim', (text) => text.length > 0);
  const hide = reader.text('hide', (text) => text.length > 0);
  const focus = reader.text('focus', (text) => SPAN_NAME.test(text));
  const t0 = reader.number('t0');
  const t1 = reader.number('t1');
  const m0 = reader.number('m0');
  const m1 = reader.number('m1');
  const like = reader.text('like', (text) => SPAN_NAME.test(text));
  const by = reader.text('by', (text) => parseDimensions(text).length > 0);
  const group = reader.text('group', (text) => parseDimensions(text).length > 0);
  const sort = reader.text('sort', (text) => /^-?[a-z]+$/.test(text));
  const search: TraceSearch = {};
  if (span) search.span = span;
  if (view) search.view = view as TraceView;
  if (q) search.q = q;
  if (color && color !== 'service') search.color = color as Coloring;
  if (services) search.services = services;
  if (dim) search.dim = dim;
  if (hide) search.hide = hide;
  if (focus) search.focus = focus;
  if (reader.flag('path')) search.path = true;
  if (like && by) {
    search.like = like;
    search.by = by;
  } else {
    reader.leaveOut('like', 'by');
  }
  if (group) search.group = group;
  if (sort) search.sort = sort;
  if (t0 !== undefined && t1 !== undefined && t0 < t1) {
    search.t0 = t0;
    search.t1 = t1;
  } else {
    reader.leaveOut('t0', 't1');
  }
  if (m0 !== undefined && m1 !== undefined && m0 <= m1) {
    search.m0 = m0;
    search.m1 = m1;
  }
  return { search, misunderstood: reader.misunderstood };
}

export interface SpanName {
  id: string;
  ordinal: number;
}

export function parseSpanName(text: string): SpanName {
  const [id, ordinal] = text.split('.');
  return { id, ordinal: Number(ordinal ?? 0) };
}

export function formatSpanName({ id, ordinal }: SpanName): string {
  return ordinal > 0 ? `${id}.${ordinal}` : id;
}
