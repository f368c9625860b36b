// How long requests took, as a histogram. A part of it, dragged or chosen by percentiles, is what the traces below are of.

import { X } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useMemo, useRef, useState } from 'react';
import type { Distribution, Figures } from '../../api/types';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { Button } from '../../ui/button';
import { axisMarks, type HistogramBar, histogram, placeOnAxis } from '../../viz/histogram';
import { TermHelp } from '../glossary/term-help';
import { FEW_VALUES } from '../services/service-columns';
import { requestsIn } from './chart-contents';
import { type DurationRange, QUANTILES } from './over-time-search';
import './distribution-card.css';

const BARS_MAX = 72;
// Between two percentiles.
const PARTS = [
  ['', 'All requests'],
  ['0-p50', 'Up to p50'],
  ['p50-p75', 'p50 to p75'],
  ['p75-p90', 'p75 to p90'],
  ['p90-p95', 'p90 to p95'],
  ['p95-p99', 'p95 to p99'],
  ['p99-max', 'p99 and slower'],
] as const;

interface DistributionCardProps {
  distribution: Distribution;
  latency: Figures['latency'];
  // How what it shows came about.
  explanation: ReactNode;
  chosen: DurationRange | null;
  onChoose: (range: DurationRange | null) => void;
}

export function DistributionCard({ distribution, latency, explanation, chosen, onChoose }: DistributionCardProps) {
  const id = useId();
  const bars = useMemo(() => histogram(distribution, BARS_MAX), [distribution]);
  const part = PARTS.find(([value]) => value !== '' && sameRange(partRange(value, latency), chosen))?.[0] ?? '';
  return (
    <section className="chart-card" aria-labelledby={id}>
      <div className="chart-card-head">
        <h2 id={id}>Latency distribution</h2>
        <TermHelp
          label="Latency distribution"
          terms={['p95', 'requests']}
          note="Bars are right to 1 %. Drag over some of them to list their traces."
        >
          {explanation}
        </TermHelp>
        <span className="chart-card-space" />
        <select
          className="input chart-card-mode"
          aria-label="Which requests the traces are of"
          value={chosen && part === '' ? 'other' : part}
          disabled={bars.length === 0}
          onChange={(event) => onChoose(event.target.value === '' ? null : partRange(event.target.value, latency))}
        >
          {PARTS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          {chosen && part === '' && <option value="other">A part of them</option>}
        </select>
      </div>
      {chosen ? (
        <p className="distribution-chosen">
          {formatCountOf(requestsIn(distribution, chosen.minNs, chosen.maxNs), 'request')} of{' '}
          {formatDuration(chosen.minNs)} to {formatDuration(chosen.maxNs)}
          <Button variant="plain" icon={<X size={12} aria-hidden />} onClick={() => onChoose(null)}>
            All
          </Button>
        </p>
      ) : (
        <p className="distribution-chosen distribution-legend">
          {latency.n > 0 && latency.n < FEW_VALUES
            ? `Of ${formatCountOf(latency.n, 'request')} only`
            : bars.length > 0 && 'Drag to list the traces of a part'}
        </p>
      )}
      <div className="chart-card-place">
        {bars.length > 0 ? (
          <Bars bars={bars} latency={latency} chosen={chosen} onChoose={onChoose} />
        ) : (
          <p className="chart-card-empty">No data in this time</p>
        )}
      </div>
    </section>
  );
}

interface BarsProps {
  bars: readonly HistogramBar[];
  latency: Figures['latency'];
  chosen: DurationRange | null;
  onChoose: (range: DurationRange | null) => void;
}

function Bars({ bars, latency, chosen, onChoose }: BarsProps) {
  const area = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<readonly [number, number] | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const most = Math.max(...bars.map(({ ok, error }) => ok + error));

  function barAt(event: PointerEvent): number {
    const box = area.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    return Math.max(0, Math.min(bars.length - 1, Math.floor(((event.clientX - box.left) / box.width) * bars.length)));
  }

  function finish() {
    if (!dragged) return;
    const [low, high] = [Math.min(...dragged), Math.max(...dragged)];
    setDragged(null);
    onChoose({ minNs: Math.floor(bars[low].fromNs), maxNs: Math.ceil(bars[high].toNs) });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape' && chosen) {
      event.stopPropagation();
      onChoose(null);
    }
  }

  const selected = dragged
    ? [Math.min(...dragged) / bars.length, (Math.max(...dragged) + 1) / bars.length]
    : chosen && [placeOnAxis(bars, chosen.minNs), placeOnAxis(bars, chosen.maxNs)];
  const bar = hovered === null ? undefined : bars[hovered];
  return (
    <>
      <div
        ref={area}
        className="distribution-area"
        role="img"
        aria-label={describe(bars, latency)}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragged([barAt(event), barAt(event)]);
        }}
        onPointerMove={(event) => {
          setHovered(barAt(event));
          if (dragged) setDragged([dragged[0], barAt(event)]);
        }}
        onPointerUp={finish}
        onPointerCancel={() => setDragged(null)}
        onPointerLeave={() => setHovered(null)}
      >
        <svg viewBox={`0 0 ${bars.length} 100`} preserveAspectRatio="none" aria-hidden>
          {bars.map(({ fromNs, ok, error }, i) => {
            const [all, failed] = [(94 * (ok + error)) / most, (94 * error) / most];
            return (
              <g key={fromNs} opacity={hovered === null || hovered === i ? 1 : 0.75}>
                {ok > 0 && (
                  <rect
                    className="distribution-ok"
                    x={i + 0.06}
                    width={0.88}
                    y={100 - Math.max(all, 1)}
                    height={Math.max(all, 1) - failed}
                  />
                )}
                {error > 0 && (
                  <rect
                    className="distribution-error"
                    x={i + 0.06}
                    width={0.88}
                    y={100 - Math.max(failed, 1)}
                    height={Math.max(failed, 1)}
                  />
                )}
              </g>
            );
          })}
        </svg>
        {selected && (
          <span
            className="distribution-selected"
            style={{ left: `${selected[0] * 100}%`, width: `${(selected[1] - selected[0]) * 100}%` }}
          />
        )}
        {markers(bars, latency).map(({ name, at, row }) => (
          <span key={name} className="distribution-marker" style={{ left: `${at * 100}%` }}>
            <small data-row={row} data-end={at > 0.93 || undefined}>
              {name}
            </small>
          </span>
        ))}
        {bar && (
          <span
            className="distribution-tip"
            data-end={hovered !== null && hovered > bars.length / 2 ? true : undefined}
          >
            {formatDuration(bar.fromNs)} – {formatDuration(bar.toNs)}: {formatCountOf(bar.ok + bar.error, 'request')}
            {bar.error > 0 && `, ${formatCount(bar.error)} failed`}
          </span>
        )}
      </div>
      <div className="distribution-axis" aria-hidden>
        {axisMarks(bars).map((ns) => (
          <span key={ns} style={{ left: `${placeOnAxis(bars, ns) * 100}%` }}>
            {formatDuration(ns)}
          </span>
        ))}
      </div>
    </>
  );
}

// Percentiles where they are; those that are close to each other take turns in height.
function markers(bars: readonly HistogramBar[], latency: Figures['latency']) {
  let row = 0;
  let before = -1;
  return QUANTILES.filter((name) => name !== 'p75').flatMap((name) => {
    const ns = latency[`${name}_ns`];
    if (ns === null) return [];
    const at = placeOnAxis(bars, ns);
    row = at - before < 0.07 ? row + 1 : 0;
    before = at;
    return [{ name, at, row }];
  });
}

function partRange(part: string, latency: Figures['latency']): DurationRange | null {
  const [low, high] = part.split('-').map((name) => {
    if (name === '0') return 0;
    if (name === 'max') return latency.max_ns === null ? null : latency.max_ns * 1.03;
    return QUANTILES.some((each) => each === name) ? latency[`${name as (typeof QUANTILES)[number]}_ns`] : null;
  });
  if (low === null || high === null || low === undefined || high === undefined) return null;
  return { minNs: Math.floor(low), maxNs: Math.ceil(Math.max(low, high)) };
}

function sameRange(a: DurationRange | null, b: DurationRange | null): boolean {
  return a !== null && b !== null && a.minNs === b.minNs && a.maxNs === b.maxNs;
}

function describe(bars: readonly HistogramBar[], latency: Figures['latency']): string {
  const peak = bars.reduce((best, bar) => (bar.ok + bar.error > best.ok + best.error ? bar : best));
  const percentiles = QUANTILES.map((name) => `${name} ${formatDuration(latency[`${name}_ns`])}`).join(', ');
  return `Latency distribution: most requests took ${formatDuration(peak.fromNs)} to ${formatDuration(peak.toNs)}; ${percentiles}`;
}
