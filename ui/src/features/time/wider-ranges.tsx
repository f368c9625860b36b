import { Button } from '../../ui/button';
import { lengthMillis, type TimeRange, widerRange } from './time-range';

const DAY: TimeRange = { from: 'now-1d', to: 'now' };

// Buttons for where a range held nothing: the next longer one, and a day.
export function WiderRanges({ range, onChoose }: { range: TimeRange; onChoose: (range: TimeRange) => void }) {
  const wider = widerRange(range);
  return (
    <>
      {wider && wider.range.from !== DAY.from && <Button onClick={() => onChoose(wider.range)}>{wider.label}</Button>}
      {lengthMillis(range) < lengthMillis(DAY) && <Button onClick={() => onChoose(DAY)}>Past day</Button>}
    </>
  );
}
