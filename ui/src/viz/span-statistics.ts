// Figures of spans that have names in common: how many, how long, how much of it their own, how many failed.

import type { Dimension } from './dimensions';
import type { TraceModel } from './trace-model';

export interface SpanFigures {
  // One of the spans, which stands for their names.
  sample: number;
  count: number;
  errors: number;
  // Of the durations.
  totalNs: number;
  minNs: number;
  maxNs: number;
  // Of the self times.
  selfNs: number;
  selfMinNs: number;
  selfMaxNs: number;
  // The spans' part of the wall clock, shared with what ran at the same time.
  execNs: number;
}

// A column of indexes per dimension: spans of one name have one index.
export function columnsOf({ skeleton }: TraceModel, dimensions: readonly Dimension[]): (readonly number[])[] {
  return dimensions.map((dimension) => skeleton.spans[dimension]);
}

// In the order in which each is first met. Without `lit`, of all spans.
export function figuresBy(
  model: TraceModel,
  dimensions: readonly Dimension[],
  lit: Uint8Array | null = null,
): SpanFigures[] {
  const { duration, self_ns, exec_ns } = model.skeleton.spans;
  const columns = columnsOf(model, dimensions);
  const found = new Map<number, SpanFigures>();
  // Names of two dimensions as one number: a table has no more names than there are spans, and the empty one.
  const radix = model.count + 1;
  for (let span = 0; span < model.count; span++) {
    if (lit && !lit[span]) continue;
    const key = columns.reduce((sum, column) => sum * radix + column[span], 0);
    const figures = found.get(key) ?? noFigures(span);
    if (figures.count === 0) found.set(key, figures);
    const self = Math.max(0, self_ns[span]);
    const length = Math.max(0, duration[span]);
    figures.count++;
    figures.errors += model.failed[span];
    figures.totalNs += length;
    figures.minNs = Math.min(figures.minNs, length);
    figures.maxNs = Math.max(figures.maxNs, length);
    figures.selfNs += self;
    figures.selfMinNs = Math.min(figures.selfMinNs, self);
    figures.selfMaxNs = Math.max(figures.selfMaxNs, self);
    figures.execNs += exec_ns[span];
  }
  return [...found.values()];
}

function noFigures(sample: number): SpanFigures {
  return {
    sample,
    count: 0,
    errors: 0,
    totalNs: 0,
    minNs: Number.POSITIVE_INFINITY,
    maxNs: 0,
    selfNs: 0,
    selfMinNs: Number.POSITIVE_INFINITY,
    selfMaxNs: 0,
    execNs: 0,
  };
}
