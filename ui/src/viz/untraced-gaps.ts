// Stretches of a span in which none of its children ran: work that nobody instrumented, or waiting.

import type { TraceModel } from './trace-model';

const GAP_SHARE_MIN = 0.1;

export interface Gap {
  start: number;
  end: number;
}

// Only of spans with children, and only gaps of more than a tenth of the span.
export function untracedGaps({ self, start, end }: TraceModel, span: number): Gap[] {
  const [first, last] = [self.offsets[span], self.offsets[span + 1]];
  const hasNoChild = last === first + 1 && self.start[first] === start[span] && self.end[first] === end[span];
  if (hasNoChild) return [];
  const shortest = (end[span] - start[span]) * GAP_SHARE_MIN;
  const gaps: Gap[] = [];
  for (let place = first; place < last; place++) {
    const gap = { start: self.start[place], end: self.end[place] };
    if (gap.end - gap.start > shortest) gaps.push(gap);
  }
  return gaps;
}
