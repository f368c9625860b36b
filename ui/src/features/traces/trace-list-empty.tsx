// No trace to show: says what left none over, and offers to change it.

import { Button } from '../../ui/button';
import { EmptyBlock } from '../../ui/empty-block';
import { useZone } from '../../ui/zone';
import { describeTimeRange } from '../time/range-label';
import type { TimeRange } from '../time/time-range';
import { WiderRanges } from '../time/wider-ranges';

interface TraceListEmptyProps {
  range: TimeRange;
  onlyErrors: boolean;
  onChange: (change: { range?: TimeRange; errors?: false }) => void;
}

export function TraceListEmpty({ range, onlyErrors, onChange }: TraceListEmptyProps) {
  const zone = useZone();
  return (
    <EmptyBlock
      title={onlyErrors ? 'No trace with an error' : 'No trace in this time'}
      actions={
        <>
          {onlyErrors && <Button onClick={() => onChange({ errors: false })}>Show traces without errors too</Button>}
          <WiderRanges range={range} onChoose={(wider) => onChange({ range: wider })} />
        </>
      }
    >
      Nothing {onlyErrors ? 'failed' : 'arrived'} in “{describeTimeRange(range, zone)}”.
      {onlyErrors ? ' There may be traces without errors.' : ' Traces of other times are not affected.'}
    </EmptyBlock>
  );
}
