import type { CSSProperties } from 'react';
import { formatClock } from '../../format/time';
import { useZone } from '../../ui/zone';
import type { ChartLine } from '../../viz/time-chart';
import type { Chart } from './chart-contents';
import { type Crosshair, useCrosshair } from './crosshair';
import './chart-legend.css';

interface ChartLegendProps {
  chart: Chart;
  crosshair: Crosshair;
  stepMs: number;
  // Lines that can be shown and hidden, in place of those that are drawn.
  choices?: readonly ChartLine[] | undefined;
  hidden?: ReadonlySet<string>;
  onToggle?: (label: string) => void;
}

// What the lines are, and under the crosshair what they say there.
export function ChartLegend({ chart, crosshair, stepMs, choices, hidden, onToggle }: ChartLegendProps) {
  const place = useCrosshair(crosshair);
  const zone = useZone();
  const { content, format } = chart;
  const time = place === null ? undefined : content.times[place];
  const valueAt = (label: string) => {
    const line = content.lines.find((each) => each.label === label);
    return line && place !== null ? format(line.values[place] ?? null) : null;
  };
  return (
    <div className="chart-legend">
      <ul>
        {(choices ?? content.lines).map((line) => (
          <li key={line.label}>
            {choices && onToggle ? (
              <button
                type="button"
                className="chart-legend-line"
                aria-pressed={!hidden?.has(line.label)}
                onClick={() => onToggle(line.label)}
              >
                <LegendText line={line} value={valueAt(line.label)} />
              </button>
            ) : (
              <span className="chart-legend-line">
                <LegendText line={line} value={valueAt(line.label)} />
              </span>
            )}
          </li>
        ))}
      </ul>
      <span className="chart-legend-time" aria-live="polite">
        {time !== undefined && (
          <>
            {formatClock(time, zone, stepMs)}
            {content.partialLast && place === content.times.length - 1 && ', not over yet'}
            <span className="visually-hidden">
              {content.lines.map((line) => ` ${line.label} ${valueAt(line.label)}`).join(',')}
            </span>
          </>
        )}
      </span>
    </div>
  );
}

function LegendText({ line, value }: { line: ChartLine; value: string | null }) {
  return (
    <>
      <span
        className={line.dashed ? 'chart-legend-mark chart-legend-dashed' : 'chart-legend-mark'}
        style={{ '--c': `var(${line.color})` } as CSSProperties}
        aria-hidden
      />
      <span className="chart-legend-name">{line.label}</span>
      {value !== null && <b>{value}</b>}
    </>
  );
}
