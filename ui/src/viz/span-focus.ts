// What the view should be to look at one span: first it comes to the middle, then it fills the width.

import type { TraceModel } from './trace-model';
import type { ViewRange } from './view-range';

const MARGIN = 0.05;
// Closer than this share of the view to the middle is in the middle.
const CENTRED = 0.005;

export type Times = readonly [t0: number, t1: number];

export function centreThenFit(view: ViewRange, start: number, end: number): Times {
  const length = view.t1 - view.t0;
  const t0 = Math.min(Math.max(0, (start + end - length) / 2), view.durationNs - length);
  const isCentred = Math.abs(t0 - view.t0) <= length * CENTRED;
  return isCentred ? fitSpan(start, end) : [t0, t0 + length];
}

// With a margin on both sides.
export function fitSpan(start: number, end: number): Times {
  const margin = Math.max(1, (end - start) * MARGIN);
  return [start - margin, end + margin];
}

// As it is when any of the span is on screen, else moved such that its beginning is in the middle, or all of it.
export function bringInto(view: ViewRange, start: number, end: number): Times {
  const length = view.t1 - view.t0;
  if (end >= view.t0 && start <= view.t1) return [view.t0, view.t1];
  const t0 = end - start < length ? (start + end - length) / 2 : start - length / 2;
  return [t0, t0 + length];
}

// How many spans lie fully between two moments.
export function spansWithin({ count, start, end }: TraceModel, from: number, to: number): number {
  let within = 0;
  for (let i = 0; i < count; i++) if (start[i] >= from && end[i] <= to) within++;
  return within;
}
