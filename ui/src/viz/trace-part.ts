// A part of a trace as a trace of its own: without the spans of some groups, or one subtree with what called it.
//
// Tables, times and totals stay those of the whole, so names, colours and offsets mean the same. A span whose parent is left
// out hangs below the nearest ancestor that isn't, and keeps its figures: hiding changes what is seen, not what was measured.

import type { TraceSkeleton } from '../api/types';

// 1 for each span that stays. Null when all do, or when none would: a link must never show an empty trace.
export function keptSpans(
  { spans }: TraceSkeleton,
  groupOf: Int32Array,
  hidden: readonly number[],
  focus: number,
): Uint8Array | null {
  if (hidden.length === 0 && focus < 0) return null;
  const count = spans.id.length;
  const isHidden = new Set(hidden);
  const kept = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    // Parents stand before their children.
    const inFocus = focus < 0 || i === focus || (spans.parent[i] >= focus && kept[spans.parent[i]] > 0);
    kept[i] = inFocus ? 1 : 0;
  }
  for (let above = focus < 0 ? -1 : spans.parent[focus]; above >= 0; above = spans.parent[above]) kept[above] = 1;
  for (let i = 0; i < count; i++) if (isHidden.has(groupOf[i])) kept[i] = 0;
  return kept.includes(1) && kept.includes(0) ? kept : null;
}

export function partOfTrace(skeleton: TraceSkeleton, kept: Uint8Array): TraceSkeleton {
  const { spans } = skeleton;
  const count = spans.id.length;
  // By span of the whole: its index in the part, or that of the nearest ancestor that is in it; -1 for none.
  const place = new Int32Array(count);
  const order: number[] = [];
  for (let i = 0; i < count; i++) {
    const above = spans.parent[i] < 0 ? -1 : place[spans.parent[i]];
    place[i] = kept[i] ? order.push(i) - 1 : above;
  }
  const pick = <T>(column: readonly T[]): T[] => order.map((i) => column[i]);
  const columns = Object.fromEntries(
    Object.entries(spans).map(([name, column]) => [name, pick<unknown>(column)]),
  ) as unknown as TraceSkeleton['spans'];
  columns.parent = order.map((i) => (spans.parent[i] < 0 ? -1 : place[spans.parent[i]]));

  const { events } = skeleton;
  const eventsKept = events.span.flatMap((span, i) => (kept[span] ? [i] : []));
  return {
    ...skeleton,
    root: Math.max(0, place[skeleton.root]),
    spans: columns,
    events: {
      span: eventsKept.map((i) => place[events.span[i]]),
      at: eventsKept.map((i) => events.at[i]),
      name: eventsKept.map((i) => events.name[i]),
    },
    critical_path: skeleton.critical_path.flatMap((piece) =>
      kept[piece.span] ? [{ ...piece, span: place[piece.span] }] : [],
    ),
    warnings: skeleton.warnings.map((warning) => ({
      ...warning,
      spans: warning.spans.flatMap((span) => (kept[span] ? [place[span]] : [])),
    })),
  };
}
