import { formatDuration, formatDurationExact } from '../format/duration';

// A duration; the exact value in the tooltip.
export function Duration({ ns }: { ns: number }) {
  return <span title={formatDurationExact(ns)}>{formatDuration(ns)}</span>;
}
