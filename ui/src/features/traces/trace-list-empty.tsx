// No trace to show: says what left none over, and offers to change it.

import { SearchX } from 'lucide-react';
import { Button } from '../../ui/button';
import { describeTimeRange, type TimeRange, widerRange } from './time-range';
import './trace-list-empty.css';

interface TraceListEmptyProps {
  range: TimeRange;
  onlyErrors: boolean;
  onChange: (change: { range?: TimeRange; errors?: false }) => void;
}

export function TraceListEmpty({ range, onlyErrors, onChange }: TraceListEmptyProps) {
  const wider = widerRange(range);
  const day: TimeRange = { from: 'now-1d', to: 'now' };
  return (
    <div className="trace-list-empty">
      <SearchX size={24} aria-hidden />
      <h2>{onlyErrors ? 'No trace with an error' : 'No trace in this time'}</h2>
      <p>
        Nothing {onlyErrors ? 'failed' : 'arrived'} in “{describeTimeRange(range)}”.
        {onlyErrors ? ' There may be traces without errors.' : ' Traces of other times are not affected.'}
      </p>
      <div className="trace-list-empty-actions">
        {onlyErrors && <Button onClick={() => onChange({ errors: false })}>Show traces without errors too</Button>}
        {wider && wider.range.from !== day.from && (
          <Button onClick={() => onChange({ range: wider.range })}>{wider.label}</Button>
        )}
        {range.from !== day.from && <Button onClick={() => onChange({ range: day })}>Past day</Button>}
      </div>
    </div>
  );
}
