// A trace as typed columns, with what every drawing of it needs: levels, subtree ends, errors below.
//
// Built once per skeleton, immutable afterwards. Spans are named by their index; the order is pre-order, so the subtree of
// span i is the index range [i, subtreeEnd[i]). Times are float64 nanoseconds after the trace's start, exact up to 104 days.

import type { TraceSkeleton } from '../api/types';
import { type ItemsBySpan, indexBySpan } from './items-by-span';
import { buildSelfStretches, type SelfStretches } from './self-stretches';
import { findSpanGroups, type SpanGroups } from './span-groups';

export const SPAN_FLAGS = {
  entry: 1,
  measured: 2,
  critical: 4,
  parentMissing: 8,
  clockSkew: 16,
  sharedId: 32,
  unfinished: 64,
} as const;

export interface TraceModel {
  readonly skeleton: TraceSkeleton;
  readonly count: number;
  // Never 0, so that everything can be divided by it.
  readonly durationNs: number;

  readonly parent: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly service: Int32Array;
  readonly flags: Uint8Array;
  readonly failed: Uint8Array;

  readonly subtreeEnd: Int32Array;
  readonly childCount: Int32Array;
  // Place among the siblings, from 0.
  readonly siblingIndex: Int32Array;
  // Levels of the tree as shown, from 0: a group of siblings is a level of its own.
  readonly level: Int32Array;
  // Failed spans in the subtree, the span itself left out.
  readonly errorsBelow: Int32Array;
  // End of whatever ends last in the subtree, the span itself included.
  readonly latestEnd: Float64Array;

  readonly groups: SpanGroups;
  readonly eventsOf: ItemsBySpan;
  readonly criticalPiecesOf: ItemsBySpan;
  readonly rootCount: number;
  // Where self times lie, in the whole trace also when this is a part of it.
  readonly self: SelfStretches;
}

// `self` is given for a part of a trace, whose spans may have children that aren't in it.
export function buildTraceModel(skeleton: TraceSkeleton, self?: SelfStretches): TraceModel {
  const columns = skeleton.spans;
  const count = columns.id.length;
  const parent = Int32Array.from(columns.parent);
  const start = Float64Array.from(columns.start);
  // Nothing ends before it starts, whatever was sent.
  const end = Float64Array.from(columns.duration, (duration, i) => start[i] + Math.max(0, duration));
  const failed = Uint8Array.from(columns.error);

  const subtreeEnd = new Int32Array(count);
  const childCount = new Int32Array(count);
  const siblingIndex = new Int32Array(count);
  const errorsBelow = new Int32Array(count);
  const latestEnd = Float64Array.from(end);
  let rootCount = 0;
  for (let i = 0; i < count; i++) {
    subtreeEnd[i] = i + 1;
    siblingIndex[i] = parent[i] < 0 ? rootCount++ : childCount[parent[i]]++;
  }
  // Children come after their parents: from the back, every subtree is complete when it is added to its parent.
  for (let i = count - 1; i >= 0; i--) {
    const p = parent[i];
    if (p < 0) continue;
    if (subtreeEnd[i] > subtreeEnd[p]) subtreeEnd[p] = subtreeEnd[i];
    if (latestEnd[i] > latestEnd[p]) latestEnd[p] = latestEnd[i];
    errorsBelow[p] += errorsBelow[i] + failed[i];
  }

  const groups = findSpanGroups(skeleton, { count, parent, start, end, failed, subtreeEnd, errorsBelow });
  const level = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const own = parent[i] < 0 ? 0 : level[parent[i]] + 1;
    level[i] = groups.memberOf[i] < 0 ? own : own + 1;
  }

  return {
    skeleton,
    count,
    durationNs: Math.max(1, skeleton.duration_ns),
    parent,
    start,
    end,
    service: Int32Array.from(columns.service),
    flags: Uint8Array.from(columns.flags),
    failed,
    subtreeEnd,
    childCount,
    siblingIndex,
    level,
    errorsBelow,
    latestEnd,
    groups,
    eventsOf: indexBySpan(skeleton.events.span, count),
    criticalPiecesOf: indexBySpan(
      skeleton.critical_path.map((piece) => piece.span),
      count,
    ),
    rootCount,
    self: self ?? buildSelfStretches({ count, start, end, subtreeEnd }),
  };
}

// Spans may share an id: `ordinal` counts them in the order of the skeleton, from 0. -1 when there is no such span.
export function findSpan({ skeleton }: Pick<TraceModel, 'skeleton'>, id: string, ordinal = 0): number {
  const ids = skeleton.spans.id;
  let found = ids.indexOf(id);
  for (let skip = ordinal; skip > 0 && found >= 0; skip--) found = ids.indexOf(id, found + 1);
  return found;
}

export function ordinalOf(model: TraceModel, span: number): number {
  if (!(model.flags[span] & SPAN_FLAGS.sharedId)) return 0;
  const ids = model.skeleton.spans.id;
  let ordinal = 0;
  for (let i = 0; i < span; i++) if (ids[i] === ids[span]) ordinal++;
  return ordinal;
}

// The span itself where there is none.
export function siblingOf({ count, parent, subtreeEnd }: TraceModel, span: number, direction: 1 | -1): number {
  if (direction === 1) {
    const next = subtreeEnd[span];
    return next < count && parent[next] === parent[span] ? next : span;
  }
  // What stands before a span is somewhere below the sibling before it, or the parent.
  let before = span - 1;
  while (before > parent[span] && parent[before] !== parent[span]) before = parent[before];
  return before > parent[span] ? before : span;
}
