import { Button } from '../../ui/button';
import { type TimeRange, widerRange } from './time-range';

const DAY: TimeRange = { from: 'now-1d', to: 'now' };

// Buttons for where a range held nothing: the next longer one, and the longest.
export function WiderRanges({ range, onChoose }: { range: TimeRange; onChoose: (range: TimeRange) => void }) {
  const wider = widerRange(range);
  return (
    <>
      {wider && wider.range.from !== DAY.from && <Button onClick={() => onChoose(wider.range)}>{wider.label}</Button>}
      {range.from !== DAY.from && <Button onClick={() => onChoose(DAY)}>Past day</Button>}
    </>
  );
}
