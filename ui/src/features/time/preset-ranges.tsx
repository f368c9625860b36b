import { Check } from 'lucide-react';
import { PRESETS, type TimeRange } from './time-range';
import './preset-ranges.css';

// The usual lengths, each with what one would type for it.
export function PresetRanges({ range, onChoose }: { range: TimeRange; onChoose: (range: TimeRange) => void }) {
  return (
    <ul className="preset-ranges">
      {PRESETS.map((preset) => {
        const chosen = preset.range.from === range.from && preset.range.to === range.to;
        return (
          <li key={preset.label}>
            <button type="button" aria-pressed={chosen} onClick={() => onChoose(preset.range)}>
              {preset.label}
              <span className="preset-ranges-typed" aria-hidden>
                {chosen ? <Check size={14} /> : typedFor(preset.range)}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function typedFor({ from }: TimeRange): string {
  return from.slice('now-'.length).replace('M', 'mo');
}
