// Where a span's self time lies: the stretches in which none of its children is open.

import type { TraceModel } from './trace-model';

// What of a model says how its spans are nested in time.
export type TimedTree = Pick<TraceModel, 'count' | 'start' | 'end' | 'subtreeEnd'>;

// Stretches of span i: offsets[i] … offsets[i + 1] - 1, in the order of time.
export interface SelfStretches {
  readonly offsets: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

export function buildSelfStretches(model: TimedTree): SelfStretches {
  const { count } = model;
  const offsets = new Int32Array(count + 1);
  // Each child parts one stretch in two at the most.
  const start = new Float64Array(2 * count);
  const end = new Float64Array(2 * count);
  let next = 0;
  for (let span = 0; span < count; span++) {
    eachSelfStretch(model, span, (from, to) => {
      start[next] = from;
      end[next++] = to;
    });
    offsets[span + 1] = next;
  }
  return { offsets, start: start.slice(0, next), end: end.slice(0, next) };
}

// Of those spans only that are kept: time in which a hidden child was open isn't the span's own.
export function selfOfPart({ offsets, start, end }: SelfStretches, kept: Uint8Array): SelfStretches {
  const of: number[] = [0];
  const places: number[] = [];
  kept.forEach((isKept, span) => {
    if (!isKept) return;
    for (let place = offsets[span]; place < offsets[span + 1]; place++) places.push(place);
    of.push(places.length);
  });
  const pick = (times: Float64Array) => Float64Array.from(places, (place) => times[place]);
  return { offsets: Int32Array.from(of), start: pick(start), end: pick(end) };
}

// In the order of time; the whole span when it has no children.
export function eachSelfStretch(model: TimedTree, span: number, visit: (start: number, end: number) => void): void {
  const { start, end, subtreeEnd } = model;
  let coveredTo = start[span];
  if (isInOrder(model, span)) {
    for (let child = span + 1; child < subtreeEnd[span]; child = subtreeEnd[child]) pass(child);
  } else {
    const children: number[] = [];
    for (let child = span + 1; child < subtreeEnd[span]; child = subtreeEnd[child]) children.push(child);
    for (const child of children.sort((a, b) => start[a] - start[b])) pass(child);
  }
  if (end[span] > coveredTo) visit(coveredTo, end[span]);

  function pass(child: number): void {
    const begin = Math.min(start[child], end[span]);
    if (begin > coveredTo) visit(coveredTo, begin);
    coveredTo = Math.max(coveredTo, end[child]);
  }
}

// Siblings are in the order of their starts, but for those that moved up because their parent is hidden.
function isInOrder({ start, subtreeEnd }: TimedTree, span: number): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let child = span + 1; child < subtreeEnd[span]; child = subtreeEnd[child]) {
    if (start[child] < before) return false;
    before = start[child];
  }
  return true;
}
