import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { formatDuration } from '../../format/duration';
import { zoneName } from '../../format/zone';
import { Button } from '../../ui/button';
import { useServerNow } from '../../ui/use-now';
import { useZone } from '../../ui/zone';
import { RangeKindBadge } from './range-kind-badge';
import { describeTimeRange, describeWhen } from './range-label';
import { stepPart } from './step-part';
import { lengthMillis, type TimeRange } from './time-range';
import { parseTypedRange } from './typed-range';
import './typed-range-form.css';

const NANOS_PER_MS = 1e6;

interface TypedRangeProps {
  range: TimeRange;
  // What was typed before and not understood.
  unfinished: string | null;
  onUnfinished: (text: string | null) => void;
  onChoose: (range: TimeRange) => void;
}

// A range by the keyboard: it begins with what the present one is called, and says what it understands while one types.
export function TypedRange({ range, unfinished, onUnfinished, onChoose }: TypedRangeProps) {
  const zone = useZone();
  const now = useServerNow();
  const called = describeTimeRange(range, zone, now);
  const [typed, setTyped] = useState(unfinished);
  const input = useRef<HTMLInputElement>(null);
  const selection = useRef<[number, number] | null>(null);

  const text = typed ?? called;
  // The range that is shown is itself, however it would be read.
  const parsed = typed === null ? { range } : parseTypedRange(text, now, zone);
  const found = 'range' in parsed ? parsed.range : null;
  const wrong = text.trim() !== '' && 'wrong' in parsed ? parsed.wrong : null;

  useEffect(() => onUnfinished(wrong === null ? null : text), [wrong, text, onUnfinished]);
  // Before anything can be typed.
  useLayoutEffect(() => input.current?.select(), []);
  useLayoutEffect(() => {
    if (selection.current) input.current?.setSelectionRange(...selection.current);
    selection.current = null;
  });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (found) onChoose(found);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    const step = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : null;
    if (step === null || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { selectionStart, selectionEnd } = event.currentTarget;
    const stepped = stepPart(text, selectionStart ?? 0, selectionEnd ?? 0, step, now);
    if (!stepped) return;
    event.preventDefault();
    setTyped(stepped.text);
    selection.current = [stepped.start, stepped.end];
  }

  return (
    <form className="typed-range" onSubmit={onSubmit}>
      <input
        ref={input}
        type="text"
        className="input"
        // The layer opens on request, and typing is its main path.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        autoComplete="off"
        maxLength={200}
        spellCheck={false}
        aria-label="Time range"
        aria-describedby="typed-range-result typed-range-hint"
        aria-invalid={wrong !== null}
        placeholder="15m, yesterday, 13:00 - 14:00"
        value={text}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <Button type="submit" variant="primary" disabled={!found}>
        Apply
      </Button>
      <div id="typed-range-result" className="typed-range-result" aria-live="polite">
        {wrong !== null && <p className="typed-range-wrong">{wrong}</p>}
        {found && (
          <p>
            <RangeKindBadge range={found} /> {describeWhen(found, zone, now)}
            <span className="typed-range-length">{formatDuration(lengthMillis(found, now) * NANOS_PER_MS)}</span>
          </p>
        )}
      </div>
      <p id="typed-range-hint" className="typed-range-hint">
        15m · 2d · today · last week · 1/31 (month/day) · Nov 21, 1 pm to 2 pm · since 10:00 · ISO 8601 · unix time, in{' '}
        {zoneName(now, zone)}. ↑ and ↓ change the part at the cursor.
      </p>
    </form>
  );
}
