// Stretches of a span in which none of its children ran: work that nobody instrumented, or waiting.

import type { TraceModel } from './trace-model';

const GAP_SHARE_MIN = 0.1;

export interface Gap {
  start: number;
  end: number;
}

// Only of spans with children, and only gaps of more than a tenth of the span.
export function untracedGaps(model: TraceModel, span: number): Gap[] {
  const { start, end, subtreeEnd, childCount } = model;
  if (childCount[span] === 0) return [];
  const shortest = (end[span] - start[span]) * GAP_SHARE_MIN;
  const gaps: Gap[] = [];
  let coveredTo = start[span];
  // Siblings are in the order of their starts.
  for (let child = span + 1; child < subtreeEnd[span]; child = subtreeEnd[child]) {
    const begin = Math.min(start[child], end[span]);
    if (begin - coveredTo > shortest) gaps.push({ start: coveredTo, end: begin });
    coveredTo = Math.max(coveredTo, end[child]);
  }
  if (end[span] - coveredTo > shortest) gaps.push({ start: coveredTo, end: end[span] });
  return gaps;
}
