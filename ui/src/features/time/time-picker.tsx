import { Check, ChevronDown, Clock } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { serverNow } from '../../api/server-clock';
import { Button } from '../../ui/button';
import { Popover, type PopoverHandle } from '../../ui/popover';
import { useShortcuts } from '../../ui/shortcuts';
import { describeTimeRange, PRESETS, parseTimeRange, type TimeRange } from './time-range';
import './time-picker.css';

interface TimePickerProps {
  range: TimeRange;
  onChange: (range: TimeRange) => void;
}

export function TimePicker({ range, onChange }: TimePickerProps) {
  const popover = useRef<PopoverHandle>(null);
  useShortcuts('Time', [{ keys: 't', label: 'Choose the time range', run: () => popover.current?.open() }]);

  function choose(next: TimeRange, close: () => void) {
    close();
    onChange(next);
  }

  return (
    <Popover
      ref={popover}
      label="Time range"
      align="end"
      triggerClassName="button button-outline time-picker-trigger"
      trigger={
        <>
          <Clock size={14} aria-hidden />
          {describeTimeRange(range)}
          <ChevronDown size={14} aria-hidden />
        </>
      }
    >
      {(close) => (
        <div className="time-picker">
          <TypedRange onChoose={(next) => choose(next, close)} />
          <ul className="time-picker-presets">
            {PRESETS.map((preset) => {
              const chosen = preset.range.from === range.from && preset.range.to === range.to;
              return (
                <li key={preset.label}>
                  <button type="button" aria-pressed={chosen} onClick={() => choose(preset.range, close)}>
                    {preset.label}
                    {chosen && <Check size={14} aria-hidden />}
                  </button>
                </li>
              );
            })}
          </ul>
        </div>
      )}
    </Popover>
  );
}

function TypedRange({ onChoose }: { onChoose: (range: TimeRange) => void }) {
  const [text, setText] = useState('');
  const parsed = parseTimeRange(text, serverNow());
  const wrong = text.trim() !== '' && parsed === null;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (parsed) onChoose(parsed);
  }

  return (
    <form className="time-picker-typed" onSubmit={onSubmit}>
      <input
        type="text"
        className="input"
        // The layer opens on request, and typing is its main path.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        aria-label="Time range"
        aria-describedby="time-picker-hint"
        aria-invalid={wrong}
        placeholder="15m, now-2h, 3h ago to 1h ago"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" variant="primary" disabled={!parsed}>
        Apply
      </Button>
      <p id="time-picker-hint" className={wrong ? 'time-picker-hint time-picker-hint-wrong' : 'time-picker-hint'}>
        {wrong
          ? 'Not understood. Try 15m, 4h, 2d, an ISO time, or epoch milliseconds.'
          : parsed
            ? describeTimeRange(parsed)
            : 'A length, an ISO time or an epoch; two of them joined by “to”.'}
      </p>
    </form>
  );
}
