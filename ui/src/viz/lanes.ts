// Puts every span on a lane such that no two on the same lane overlap: what a flame graph or a minimap draws.
//
// A span's lane lies below its parent's. The subtree of a span is a block; siblings that follow each other share lanes,
// those that overlap (parallel calls) are stacked. Within a lane, index order is time order.

import type { TraceModel } from './trace-model';

// Beyond this many lanes below one parent, overlapping siblings are drawn over each other: nobody can tell them apart, and
// looking for room among thousands of lanes takes quadratic time.
const LANES_PER_PARENT_MAX = 512;

export interface Lanes {
  readonly laneOf: Int32Array;
  readonly count: number;
}

export function assignLanes(model: TraceModel): Lanes {
  const { count, parent, start, latestEnd, subtreeEnd } = model;
  // First, bottom up: how far below its parent each span's block begins, and how many lanes it takes.
  const offset = new Int32Array(count);
  const height = new Int32Array(count).fill(1);
  const earliest = earliestStarts(model);
  for (let i = count - 1; i >= 0; i--) {
    if (subtreeEnd[i] > i + 1) height[i] = 1 + stackChildren(i + 1, subtreeEnd[i]);
  }
  const total = stackChildren(0, count);

  function stackChildren(from: number, to: number): number {
    const freeAt: number[] = [];
    for (let child = from; child < to; child = subtreeEnd[child]) {
      const begin = Math.min(start[child], earliest[child]);
      const place = firstFit(freeAt, height[child], begin);
      offset[child] = place;
      for (let lane = place; lane < place + height[child]; lane++) {
        freeAt[lane] = Math.max(freeAt[lane] ?? 0, latestEnd[child]);
      }
    }
    return freeAt.length;
  }

  // Then top down: a block's lanes are counted from its parent's.
  const laneOf = new Int32Array(count);
  for (let i = 0; i < count; i++) laneOf[i] = parent[i] < 0 ? offset[i] : laneOf[parent[i]] + 1 + offset[i];
  return { laneOf, count: total };
}

function earliestStarts({ count, parent, start }: TraceModel): Float64Array {
  const earliest = Float64Array.from(start);
  for (let i = count - 1; i >= 0; i--) {
    const p = parent[i];
    if (p >= 0 && earliest[i] < earliest[p]) earliest[p] = earliest[i];
  }
  return earliest;
}

function firstFit(freeAt: readonly number[], height: number, begin: number): number {
  let free = 0;
  for (let lane = 0; lane < freeAt.length; lane++) {
    free = freeAt[lane] <= begin ? free + 1 : 0;
    if (free === height) return lane - height + 1;
  }
  const place = freeAt.length - free;
  return place + height <= LANES_PER_PARENT_MAX ? place : Math.max(0, Math.min(place, LANES_PER_PARENT_MAX - height));
}
