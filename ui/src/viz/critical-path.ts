// The critical path span by span: how much of the request's time each of them alone was waited for.

import type { TraceSkeleton } from '../api/types';

export interface CriticalShare {
  span: number;
  ns: number;
}

export interface CriticalPath {
  // Most time first.
  shares: CriticalShare[];
  // Their sum.
  totalNs: number;
}

export function criticalPathOf({ critical_path }: TraceSkeleton): CriticalPath {
  const bySpan = new Map<number, number>();
  for (const { span, start, end } of critical_path) bySpan.set(span, (bySpan.get(span) ?? 0) + end - start);
  const shares = Array.from(bySpan, ([span, ns]) => ({ span, ns })).sort((a, b) => b.ns - a.ns || a.span - b.span);
  return { shares, totalNs: shares.reduce((sum, { ns }) => sum + ns, 0) };
}
