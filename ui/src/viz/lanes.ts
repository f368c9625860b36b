// Puts every span on a lane such that no two on the same lane overlap: what a flame graph or a minimap draws.
//
// A span's lane lies below its parent's. The subtree of a span is a block; siblings that follow each other share lanes,
// those that overlap (parallel calls) are stacked. Within a lane, index order is time order. A span without a duration is
// taken for a nanosecond long: two at the same moment would hide each other at any zoom.

import { FreeLanes } from './free-lanes';
import type { TraceModel } from './trace-model';

export interface Lanes {
  readonly laneOf: Int32Array;
  readonly count: number;
}

export function assignLanes(model: TraceModel): Lanes {
  const { count, parent, subtreeEnd } = model;
  const { earliest, latest } = subtreeTimes(model);
  const free = new FreeLanes();
  // First, bottom up: how far below its parent each span's block begins, and how many lanes it takes.
  const offset = new Int32Array(count);
  const height = new Int32Array(count).fill(1);
  for (let i = count - 1; i >= 0; i--) {
    if (subtreeEnd[i] > i + 1) height[i] = 1 + stackChildren(i + 1, subtreeEnd[i]);
  }
  const total = stackChildren(0, count);

  function stackChildren(from: number, to: number): number {
    // For an only child no room has to be looked for: a recursion may be many thousand levels deep.
    if (from < to && subtreeEnd[from] === to) return height[from];
    free.clear();
    for (let child = from; child < to; child = subtreeEnd[child]) {
      offset[child] = free.firstFit(height[child], earliest[child]);
      free.take(offset[child], height[child], latest[child]);
    }
    return free.count;
  }

  // Then top down: a block's lanes are counted from its parent's.
  const laneOf = new Int32Array(count);
  for (let i = 0; i < count; i++) laneOf[i] = parent[i] < 0 ? offset[i] : laneOf[parent[i]] + 1 + offset[i];
  return { laneOf, count: total };
}

// From when to when anything of a span's subtree lasts.
function subtreeTimes({ count, parent, start, end }: TraceModel): { earliest: Float64Array; latest: Float64Array } {
  const earliest = Float64Array.from(start);
  const latest = Float64Array.from(end);
  for (let i = count - 1; i >= 0; i--) {
    latest[i] = Math.max(latest[i], start[i] + 1);
    const p = parent[i];
    if (p < 0) continue;
    earliest[p] = Math.min(earliest[p], earliest[i]);
    latest[p] = Math.max(latest[p], latest[i]);
  }
  return { earliest, latest };
}

// The span before or after this one on its lane; the span itself at the lane's ends.
export function neighbourInLane({ laneOf }: Lanes, span: number, direction: 1 | -1): number {
  for (let i = span + direction; i >= 0 && i < laneOf.length; i += direction) {
    if (laneOf[i] === laneOf[span]) return i;
  }
  return span;
}
