// Stretches of a span in which none of its children ran: work that nobody instrumented, or waiting.

import { eachSelfStretch } from './self-stretches';
import type { TraceModel } from './trace-model';

const GAP_SHARE_MIN = 0.1;

export interface Gap {
  start: number;
  end: number;
}

// Only of spans with children, and only gaps of more than a tenth of the span.
export function untracedGaps(model: TraceModel, span: number): Gap[] {
  if (model.childCount[span] === 0) return [];
  const shortest = (model.end[span] - model.start[span]) * GAP_SHARE_MIN;
  const gaps: Gap[] = [];
  eachSelfStretch(model, span, (start, end) => {
    if (end - start > shortest) gaps.push({ start, end });
  });
  return gaps;
}
