// No trace to show: says what left none over, and offers to change it.

import { Button } from '../../ui/button';
import { EmptyBlock } from '../../ui/empty-block';
import { describeTimeRange, type TimeRange } from '../time/time-range';
import { WiderRanges } from '../time/wider-ranges';

interface TraceListEmptyProps {
  range: TimeRange;
  onlyErrors: boolean;
  onChange: (change: { range?: TimeRange; errors?: false }) => void;
}

export function TraceListEmpty({ range, onlyErrors, onChange }: TraceListEmptyProps) {
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
      Nothing {onlyErrors ? 'failed' : 'arrived'} in “{describeTimeRange(range)}”.
      {onlyErrors ? ' There may be traces without errors.' : ' Traces of other times are not affected.'}
    </EmptyBlock>
  );
}
