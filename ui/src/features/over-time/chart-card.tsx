// A chart with everything around it: what it shows, what else it could show, its lines, and the same as a table.

import { ChartLine as ChartIcon, Table2 } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { formatClock } from '../../format/time';
import { IconButton } from '../../ui/button';
import { useZone } from '../../ui/zone';
import type { ChartLine } from '../../viz/time-chart';
import type { ShownTerm } from '../glossary/glossary';
import { TermHelp } from '../glossary/term-help';
import { type Chart, describeChart } from './chart-contents';
import { ChartLegend } from './chart-legend';
import type { Crosshair } from './crosshair';
import { TimeChartView, type ZoomHandlers } from './time-chart-view';
import './chart-card.css';

export interface ChartMode {
  value: string;
  label: string;
}

interface ChartCardProps extends ZoomHandlers {
  title: string;
  terms: readonly ShownTerm[];
  note?: string | undefined;
  chart: Chart;
  stepMs: number;
  page: string;
  crosshair: Crosshair;
  modes: readonly ChartMode[];
  mode: string;
  onMode: (mode: string) => void;
  choices?: readonly ChartLine[] | undefined;
  hidden?: ReadonlySet<string>;
  onToggle?: (label: string) => void;
  // Where data that is younger than the range begins, ms.
  since: number | null;
  // How what it shows came about.
  explanation: ReactNode;
  children?: ReactNode;
}

export function ChartCard(props: ChartCardProps) {
  const { title, terms, note, chart, stepMs, page, crosshair, modes, mode, onMode, since, explanation, children } =
    props;
  const [asTable, setAsTable] = useState(false);
  const zone = useZone();
  const id = useId();
  const known = chart.content.lines.some(({ values }) => values.some((value) => value !== null && value !== undefined));
  return (
    <section className="chart-card" aria-labelledby={id}>
      <div className="chart-card-head">
        <h2 id={id}>{title}</h2>
        <TermHelp label={title} terms={terms} note={note}>
          {explanation}
        </TermHelp>
        {since !== null && <span className="chart-card-since">data since {formatClock(since, zone, stepMs)}</span>}
        <span className="chart-card-space" />
        {children}
        <select
          className="input chart-card-mode"
          aria-label={`Show ${title.toLowerCase()} as`}
          value={mode}
          onChange={(event) => onMode(event.target.value)}
        >
          {modes.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <IconButton
          label={asTable ? `${title} as a chart` : `${title} as a table`}
          icon={asTable ? <ChartIcon size={14} aria-hidden /> : <Table2 size={14} aria-hidden />}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      {asTable ? (
        <ChartTable title={title} chart={chart} stepMs={stepMs} />
      ) : (
        <>
          <ChartLegend {...props} />
          <div className="chart-card-place">
            <TimeChartView
              {...props}
              chart={known ? chart : { ...chart, formatTicks: (ticks) => ticks.map(() => '') }}
              label={describeChart(title, chart, zone)}
              page={page}
              crosshair={crosshair}
            />
            {!known && <p className="chart-card-empty">No data in this time</p>}
          </div>
        </>
      )}
    </section>
  );
}

function ChartTable({ title, chart, stepMs }: { title: string; chart: Chart; stepMs: number }) {
  const { content, format } = chart;
  const zone = useZone();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className="chart-card-table" tabIndex={0} aria-label={`${title} as a table`}>
      <table>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {content.lines.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {content.times.map((time, i) => (
            <tr key={time}>
              <th scope="row">{formatClock(time, zone, stepMs)}</th>
              {content.lines.map(({ label, values }) => (
                <td key={label}>{format(values[i] ?? null)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
