// A trace's spans lane by lane, as a flame graph is drawn and searched: typed columns in the order of time within each lane.
//
// A place is an index into these columns. Spans of a lane don't overlap, so both starts and ends grow from place to place
// and anything can be found by bisection.

import type { Lanes } from './lanes';
import type { TraceModel } from './trace-model';

export interface FlameLanes {
  readonly laneCount: number;
  // By span.
  readonly laneOf: Int32Array;
  readonly placeOf: Int32Array;
  // Places of lane l: laneStart[l] … laneStart[l + 1] - 1.
  readonly laneStart: Int32Array;
  // By place.
  readonly span: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  // How many failed spans lie at places before this one; one longer than the others.
  readonly failedBefore: Int32Array;
}

export function buildFlameLanes(model: TraceModel, lanes: Lanes): FlameLanes {
  const { count } = model;
  const { laneOf } = lanes;
  const laneStart = new Int32Array(lanes.count + 1);
  for (let i = 0; i < count; i++) laneStart[laneOf[i] + 1]++;
  for (let lane = 0; lane < lanes.count; lane++) laneStart[lane + 1] += laneStart[lane];

  const next = laneStart.slice(0, lanes.count);
  const span = new Int32Array(count);
  const placeOf = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const place = next[laneOf[i]]++;
    span[place] = i;
    placeOf[i] = place;
  }
  return {
    laneCount: lanes.count,
    laneOf,
    placeOf,
    laneStart,
    span,
    start: Float64Array.from(span, (i) => model.start[i]),
    end: Float64Array.from(span, (i) => model.end[i]),
    failedBefore: countBefore(span, model.failed),
  };
}

// Which spans aren't dimmed, in a form that tells of any stretch of a lane whether one of them is in it.
export interface FlameLit {
  // By span.
  readonly flags: Uint8Array;
  // By place, one longer: how many before are lit; how many of those failed.
  readonly before: Int32Array;
  readonly failedBefore: Int32Array;
}

export function countLit(lanes: FlameLanes, model: TraceModel, flags: Uint8Array): FlameLit {
  const failed = flags.map((lit, i) => lit & model.failed[i]);
  return { flags, before: countBefore(lanes.span, flags), failedBefore: countBefore(lanes.span, failed) };
}

function countBefore(spans: Int32Array, flags: Uint8Array): Int32Array {
  const before = new Int32Array(spans.length + 1);
  for (let place = 0; place < spans.length; place++) before[place + 1] = before[place] + flags[spans[place]];
  return before;
}
