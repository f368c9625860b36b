// The time that a screen shows: what it is called, the windows beside, around and within it, and the layer to choose another.

import { ChevronDown, ChevronLeft, ChevronRight, Clock, ZoomIn, ZoomOut } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { serverNow } from '../../api/server-clock';
import { IconButton } from '../../ui/button';
import { Popover, type PopoverHandle } from '../../ui/popover';
import { useShortcuts } from '../../ui/shortcuts';
import { useZone } from '../../ui/zone';
import { shiftRange, zoomIn, zoomOut } from './move-range';
import { PresetRanges } from './preset-ranges';
import { RangeKindBadge } from './range-kind-badge';
import { describeTimeRange } from './range-label';
import type { TimeRange } from './time-range';
import { TypedRange } from './typed-range-form';
import { ZoneChoice } from './zone-choice';
import './time-picker.css';

interface TimePickerProps {
  range: TimeRange;
  onChange: (range: TimeRange) => void;
}

const EARLIER = 'Earlier by one window';
const LATER = 'Later by one window';
const OUT = 'Twice the time';
const IN = 'Half the time';

export function TimePicker({ range, onChange }: TimePickerProps) {
  const popover = useRef<PopoverHandle>(null);
  // What was typed and not understood yet: it is there again when the layer is.
  const [unfinished, setUnfinished] = useState<string | null>(null);
  const zone = useZone();

  const label = describeTimeRange(range, zone);

  const moves = {
    earlier: (now: number) => shiftRange(range, -1, now),
    later: (now: number) => shiftRange(range, 1, now),
    out: (now: number) => zoomOut(range, now),
    in: (now: number) => zoomIn(range, now),
  };
  function move(to: (now: number) => TimeRange | null) {
    const next = to(serverNow());
    if (next) onChange(next);
  }
  useShortcuts('Time', [
    { keys: 't', label: 'Choose the time range', run: () => popover.current?.open() },
    { keys: '[', label: EARLIER, run: () => move(moves.earlier) },
    { keys: ']', label: LATER, run: () => move(moves.later) },
    { keys: '-', label: OUT, run: () => move(moves.out) },
    { keys: '=', label: IN, run: () => move(moves.in) },
  ]);

  function choose(next: TimeRange, close: () => void) {
    setUnfinished(null);
    close();
    onChange(next);
  }

  const button = (name: string, keys: string, icon: ReactNode, to: (now: number) => TimeRange | null) => (
    // Not disabled: it would lose the focus when it has brought the range to its end.
    <IconButton
      label={name}
      shortcut={keys}
      icon={icon}
      aria-disabled={to(serverNow()) === null}
      onClick={() => move(to)}
    />
  );
  return (
    <fieldset className="time-tools" aria-label="Time">
      {button(EARLIER, '[', <ChevronLeft size={16} aria-hidden />, moves.earlier)}
      <Popover
        ref={popover}
        label="Time range"
        align="end"
        triggerClassName="button button-outline time-picker-trigger"
        trigger={
          <>
            <Clock size={14} aria-hidden />
            <span className="time-picker-label" title={label}>
              {label}
            </span>{' '}
            <RangeKindBadge range={range} />
            <ChevronDown size={14} aria-hidden />
          </>
        }
      >
        {(close) => (
          <div className="time-picker">
            <TypedRange
              range={range}
              unfinished={unfinished}
              onUnfinished={setUnfinished}
              onChoose={(next) => choose(next, close)}
            />
            <PresetRanges range={range} onChoose={(next) => choose(next, close)} />
            <ZoneChoice />
          </div>
        )}
      </Popover>
      {button(LATER, ']', <ChevronRight size={16} aria-hidden />, moves.later)}
      {button(OUT, '-', <ZoomOut size={14} aria-hidden />, moves.out)}
      {button(IN, '=', <ZoomIn size={14} aria-hidden />, moves.in)}
    </fieldset>
  );
}
