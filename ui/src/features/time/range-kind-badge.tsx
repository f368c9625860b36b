import { Pill } from '../../ui/badges';
import { kindOf, type RangeKind, type TimeRange } from './time-range';

const MEANING: Record<RangeKind, string> = {
  sliding: 'Both ends move with the time',
  growing: 'It has a fixed beginning and grows with the time',
  fixed: 'It stays as it is',
};

// How a range goes on with the time.
export function RangeKindBadge({ range }: { range: TimeRange }) {
  const kind = kindOf(range);
  return <Pill title={MEANING[kind]}>{kind}</Pill>;
}
