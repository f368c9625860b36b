// What a lane of the flame graph looks like at some zoom: one rectangle for a span that is a pixel wide or more, and one
// pixel for all those that begin and end within it. Work is bounded by pixels, not by spans.
//
// Nothing is lost: each span is in exactly one rectangle. Drawing asks for all rectangles of a lane, pointing for the one at
// a pixel; both follow from the same two columns of a span, the one it begins in and the one it ends in.

import type { FlameLanes, FlameLit } from './flame-lanes';

export interface FlameScale {
  t0: number;
  // Device pixels.
  width: number;
  pixelsPerNs: number;
}

// The last pixel is for what begins at the very end.
export function flameScale(t0: number, t1: number, width: number): FlameScale {
  return { t0, width, pixelsPerNs: Math.max(1, width - 1) / (t1 - t0) };
}

export function pixelOf(scale: FlameScale, ns: number): number {
  return Math.floor((ns - scale.t0) * scale.pixelsPerNs);
}

// The pixels [left, right), and the places [first, end) that are drawn there; several when they are merged.
export type PaintColumn = (left: number, right: number, first: number, end: number) => void;

export function eachColumn(lanes: FlameLanes, lane: number, scale: FlameScale, paint: PaintColumn): void {
  const laneEnd = lanes.laneStart[lane + 1];
  let place = firstPlace(lanes.end, lanes.laneStart[lane], laneEnd, scale, 0);
  while (place < laneEnd) {
    const left = pixelOf(scale, lanes.start[place]);
    const right = pixelOf(scale, lanes.end[place]);
    if (left >= scale.width) return;
    if (right > left) {
      if (right > 0) paint(Math.max(0, left), Math.min(scale.width, right), place, place + 1);
      place++;
      continue;
    }
    const next = firstPlaceBeyond(lanes.end, place, laneEnd, scale, left);
    const after = mergedEnd(lanes, next, laneEnd, scale, left);
    if (left >= 0) paint(left, left + 1, place, after);
    place = after;
    if (place === next && next < laneEnd && pixelOf(scale, lanes.start[next]) === left) {
      // The pixel is taken, the rest of the span behind it is its own.
      const nextRight = pixelOf(scale, lanes.end[next]);
      if (nextRight > 0) paint(Math.max(0, left + 1), Math.min(scale.width, nextRight), next, next + 1);
      place++;
    }
  }
}

export interface FlameColumn {
  first: number;
  end: number;
}

// What `eachColumn` paints at pixel `x` of the lane, null where it paints nothing.
export function columnAt(lanes: FlameLanes, lane: number, scale: FlameScale, x: number): FlameColumn | null {
  if (lane < 0 || lane >= lanes.laneCount || x < 0 || x >= scale.width) return null;
  const laneFirst = lanes.laneStart[lane];
  const laneEnd = lanes.laneStart[lane + 1];
  const last = firstPlace(lanes.start, laneFirst, laneEnd, scale, x + 1) - 1;
  if (last < laneFirst) return null;
  const left = pixelOf(scale, lanes.start[last]);
  const right = pixelOf(scale, lanes.end[last]);
  if (left < x) return right > x ? { first: last, end: last + 1 } : null;
  // Those narrower than a pixel come before the one that is wider, if any of both is here.
  const first = firstPlace(lanes.start, laneFirst, last, scale, x);
  if (right > x + 1 && first < last) return { first, end: last };
  return { first, end: last + 1 };
}

// A span that takes just the one pixel joins those that share it.
function mergedEnd(lanes: FlameLanes, next: number, laneEnd: number, scale: FlameScale, pixel: number): number {
  const joins =
    next < laneEnd && pixelOf(scale, lanes.start[next]) === pixel && pixelOf(scale, lanes.end[next]) === pixel + 1;
  return joins ? next + 1 : next;
}

// The first of the places [from, to) whose time is at pixel `x` or later; `to` when there is none.
function firstPlace(times: Float64Array, from: number, to: number, scale: FlameScale, x: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pixelOf(scale, times[middle]) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The first whose time lies beyond pixel `x`. Looks near first: most pixels hold few spans.
function firstPlaceBeyond(times: Float64Array, from: number, to: number, scale: FlameScale, x: number): number {
  let [low, step] = [from, 1];
  while (low + step < to && pixelOf(scale, times[low + step]) <= x) {
    low += step;
    step *= 2;
  }
  return firstPlace(times, low, Math.min(to, low + step), scale, x + 1);
}

// The span that stands for a column: one that isn't dimmed rather than one that is, and a failed one before any other.
export function standIn(lanes: FlameLanes, lit: FlameLit | null, { first, end }: FlameColumn): number {
  if (end - first === 1) return lanes.span[first];
  const place =
    firstCounted(lit ? lit.failedBefore : lanes.failedBefore, first, end) ??
    (lit && (firstCounted(lit.before, first, end) ?? firstCounted(lanes.failedBefore, first, end))) ??
    first;
  return lanes.span[place];
}

// The first of the places [first, end) that is counted in `before`.
function firstCounted(before: Int32Array, first: number, end: number): number | null {
  if (before[end] === before[first]) return null;
  let [low, high] = [first, end - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before[middle + 1] > before[first]) high = middle;
    else low = middle + 1;
  }
  return low;
}
