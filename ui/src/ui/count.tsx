import { formatCount, formatCountExact } from '../format/count';

// A count; the exact number in the tooltip.
export function Count({ value }: { value: number }) {
  return <span title={formatCountExact(value)}>{formatCount(value)}</span>;
}
