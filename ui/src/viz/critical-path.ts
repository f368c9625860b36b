// The critical path in numbers: how much of the request's time each kind of work alone was waited for.

import type { TraceSkeleton } from '../api/types';

// Spans of one service, operation and resource.
export interface CriticalShare {
  // The one with the most time.
  span: number;
  spans: number;
  ns: number;
}

export interface CriticalPath {
  // Most time first.
  shares: CriticalShare[];
  // Sums of them.
  spans: number;
  totalNs: number;
}

export function criticalPathOf({ critical_path, spans }: TraceSkeleton): CriticalPath {
  const bySpan = new Map<number, number>();
  for (const { span, start, end } of critical_path) bySpan.set(span, (bySpan.get(span) ?? 0) + end - start);
  const byName = new Map<string, CriticalShare>();
  for (const [span, ns] of [...bySpan].sort((a, b) => b[1] - a[1])) {
    const name = `${spans.service[span]} ${spans.operation[span]} ${spans.resource[span]}`;
    const share = byName.get(name);
    if (share) {
      share.spans++;
      share.ns += ns;
    } else {
      byName.set(name, { span, spans: 1, ns });
    }
  }
  const shares = [...byName.values()].sort((a, b) => b.ns - a.ns || a.span - b.span);
  return { shares, spans: bySpan.size, totalNs: shares.reduce((sum, { ns }) => sum + ns, 0) };
}
