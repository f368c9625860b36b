// The lines of a page's charts, from what the server says of a service or a resource over time.

import type { Distribution, OverTime, Series } from '../../api/types';
import { formatCount } from '../../format/count';
import { axisFormatter, formatDuration } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { formatRate } from '../../format/rate';
import { formatClock, millisOf } from '../../format/time';
import type { Zone } from '../../format/zone';
import type { ChartContent, ChartLine } from '../../viz/time-chart';
import { type ErrorsMode, type LatencyMode, QUANTILES } from './over-time-search';

// Colours are names of custom properties here: the theme has their values.
export interface Chart {
  content: ChartContent;
  format: (value: number | null) => string;
  formatTicks: (values: readonly number[]) => string[];
}

// The answer as it came, for what was before as well.
export interface ChartSource {
  now: OverTime;
  // What it was before, at the same places.
  before?: { label: string; series: Series } | undefined;
  split: boolean;
}

const SLOTS = 12;
const FIVE_MINUTES_MS = 300_000;

export function sourceOf(
  now: OverTime & { previous: readonly OverTime[] },
  beforeLabel: string | undefined,
  split: boolean,
): ChartSource {
  const [then] = now.previous;
  // One line of what was before, where there is one line.
  const series = !split && then?.points === now.points ? then.series[0] : undefined;
  return { now, split, before: series && beforeLabel !== undefined ? { label: beforeLabel, series } : undefined };
}

export function requestsChart({ now, before, split }: ChartSource, total: boolean): Chart {
  const seconds = (i: number) => (total ? 1 : pointSeconds(now, i));
  const perPoint = (counts: readonly (number | null)[]) => counts.map((count, i) => (count ?? 0) / seconds(i));
  const format = total ? formatCount : formatRate;
  const base = { format, formatTicks: (values: readonly number[]) => values.map((value) => formatCountTick(value)) };
  if (split) {
    const lines = now.series.map((series, i) => line(labelOf(series), splitColor(i), perPoint(series.requests)));
    return { ...base, content: contentOf(now, 'bars', lines, total) };
  }
  const [series] = now.series;
  if (before) {
    const lines = [
      line('Requests', '--service-1', perPoint(series?.requests ?? [])),
      earlier(before.label, perPoint(before.series.requests)),
    ];
    return { ...base, content: contentOf(now, 'lines', lines, total) };
  }
  const fine = (series?.requests ?? []).map((count, i) => (count ?? 0) - (series?.errors[i] ?? 0));
  const lines = [
    line('Errors', '--error', perPoint(series?.errors ?? [])),
    line('Requests without error', '--service-1', perPoint(fine)),
  ];
  return { ...base, content: contentOf(now, 'bars', lines, total) };
}

// Without a mode: in percent of the requests.
export function errorsChart({ now, before, split }: ChartSource, mode: ErrorsMode | undefined): Chart {
  const value = (failed: number, requests: number, i: number) => {
    if (mode === 'count') return failed;
    if (mode === 'per-second') return failed / pointSeconds(now, i);
    return requests > 0 ? (failed / requests) * 100 : null;
  };
  const values = ({ errors, requests }: Series) => errors.map((failed, i) => value(failed ?? 0, requests[i] ?? 0, i));
  const lines = split
    ? now.series.map((series, i) => line(labelOf(series), splitColor(i), values(series)))
    : now.series.map((series) => line(mode ? 'Errors' : 'Error rate', '--error', values(series)));
  if (before) lines.push(earlier(before.label, values(before.series)));
  const shape = mode && !before ? 'bars' : 'lines';
  const formats = {
    count: formatCount,
    'per-second': (perSecond: number | null) => formatRate(perSecond, 'errors'),
  };
  return {
    content: contentOf(now, shape, lines, mode === 'count'),
    format: mode ? formats[mode] : formatPercent,
    formatTicks: (ticks) => ticks.map((tick) => (mode ? formatCountTick(tick) : formatPercent(tick))),
  };
}

const LATENCY_LINES: readonly { mode: LatencyMode; label: string; color: string; dashed?: boolean }[] = [
  { mode: 'avg', label: 'avg', color: '--warning' },
  ...QUANTILES.map((name) => ({ mode: name, label: name, color: `--percentile-${name.slice(1)}` })),
  { mode: 'max', label: 'max', color: '--control-border', dashed: true },
];

export function latencyChart(
  { now, before, split }: ChartSource,
  mode: LatencyMode,
  hidden: ReadonlySet<string>,
): Chart {
  if (mode === 'apdex') {
    const lines = split
      ? now.series.map((series, i) => line(labelOf(series), splitColor(i), series.apdex))
      : now.series.map((series) => line('Apdex', '--service-1', series.apdex));
    if (before) lines.push(earlier(before.label, before.series.apdex));
    const format = (value: number | null) => (value === null ? '–' : value.toFixed(2));
    return {
      content: contentOf(now, 'lines', lines),
      format,
      formatTicks: (ticks) => ticks.map((tick) => tick.toFixed(2)),
    };
  }
  // Of several values, one percentile can be compared.
  const one = mode === 'percentiles' ? 'p95' : mode;
  const wanted = mode === 'percentiles' && !split ? LATENCY_LINES : LATENCY_LINES.filter((each) => each.mode === one);
  const lines = split
    ? now.series.map((series, i) => line(labelOf(series), splitColor(i), latencies(series, one)))
    : now.series.flatMap((series) =>
        wanted.map(({ mode: each, label, color, dashed = false }) => ({
          ...line(label, color, latencies(series, each)),
          dashed,
        })),
      );
  if (before) lines.push(earlier(`${one} ${before.label}`, latencies(before.series, one)));
  const content = contentOf(now, 'lines', mode === 'percentiles' && !split ? shown(lines, hidden) : lines, true);
  return { content, format: formatDuration, formatTicks: durationTicks };
}

// All lines that a legend of percentiles offers, drawn or not.
export function percentileLegend(before: ChartSource['before']): ChartLine[] {
  const lines = LATENCY_LINES.map(({ label, color, dashed = false }) => ({ ...line(label, color, []), dashed }));
  return before ? [...lines, earlier(`p95 ${before.label}`, [])] : lines;
}

function shown(lines: readonly ChartLine[], hidden: ReadonlySet<string>): ChartLine[] {
  return lines.filter(({ label }) => !hidden.has(label));
}

function latencies(series: Series, mode: LatencyMode): (number | null)[] {
  if (mode === 'avg') return series.avg_ns;
  if (mode === 'max') return series.max_ns;
  if (mode === 'percentiles' || mode === 'apdex') return [];
  return series[`${mode}_ns`];
}

function durationTicks(ticks: readonly number[]): string[] {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 0;
  const format = axisFormatter(ticks.at(-1) ?? 0, step);
  return ticks.map(format);
}

function formatCountTick(value: number): string {
  return value > 0 && value < 10 && !Number.isInteger(value)
    ? String(Number(value.toPrecision(2)))
    : formatCount(value);
}

function line(label: string, color: string, values: readonly (number | null)[]): ChartLine {
  return { label, color, values };
}

function earlier(label: string, values: readonly (number | null)[]): ChartLine {
  return { label, color: '--text-3', values, dashed: true };
}

function labelOf({ value, others }: Series): string {
  return others ? 'all others' : value || '(none)';
}

function splitColor(place: number): string {
  return `--service-${(place % SLOTS) + 1}`;
}

function contentOf(
  now: OverTime,
  shape: ChartContent['shape'],
  lines: readonly ChartLine[],
  whole = false,
): ChartContent {
  const [from, to] = [millisOf(now.from_ns), millisOf(now.to_ns)];
  const stepMs = now.step_ns / 1e6;
  const since = dataSince(now);
  const begin = since === null ? from : Math.max(from, Math.min(since, to - FIVE_MINUTES_MS));
  // What is left of the axis isn't there at all.
  const first = Math.max(0, Math.floor((begin - from) / stepMs));
  return {
    times: Array.from({ length: now.points - first }, (_, i) => from + (first + i) * stepMs),
    range: [begin, to],
    shape,
    lines: lines.map((each) => ({ ...each, values: each.values.slice(first) })),
    partialLast: now.partial_last_point,
    whole,
  };
}

// Where data begins that is younger than the range, ms; null when it isn't.
export function dataSince({ from_ns, step_ns, points, total, series }: OverTime): number | null {
  const span = (points * step_ns) / 1e9;
  if (total.covered_s >= span - 1.5 * (step_ns / 1e9)) return null;
  const firsts = series.map(({ requests }) => requests.findIndex((count) => (count ?? 0) > 0)).filter((i) => i >= 0);
  return firsts.length === 0 ? null : millisOf(from_ns) + (Math.min(...firsts) * step_ns) / 1e6;
}

// For how much of a point's time there can be data: less than a step where it isn't over.
export function pointSeconds({ step_ns, points, to_ns, covered_to_ns }: OverTime, place: number): number {
  const step = step_ns / 1e9;
  if (place < points - 1) return step;
  const left = Number(BigInt(to_ns) - BigInt(covered_to_ns)) / 1e9;
  return Math.min(step, Math.max(1, step - left));
}

// What a chart shows, for those who can't see it.
export function describeChart(title: string, { content, format }: Chart, zone: Zone): string {
  const parts = content.lines.flatMap(({ label, values }) => {
    const known = values.flatMap((value, i) => (value === null || value === undefined ? [] : [{ value, i }]));
    if (known.length === 0) return [];
    const peak = known.reduce((best, each) => (each.value > best.value ? each : best));
    const least = known.reduce((best, each) => (each.value < best.value ? each : best));
    const at = formatClock(content.times[peak.i], zone);
    return [`${label} ${format(least.value)} to ${format(peak.value)}, most at ${at}`];
  });
  return parts.length > 0 ? `${title}: ${parts.slice(0, 4).join('; ')}` : `${title}: no data`;
}

// How many requests took that long.
export function requestsIn(distribution: Distribution, minNs: number, maxNs: number): number {
  return distribution
    .filter(({ duration_ns }) => duration_ns >= minNs && duration_ns <= maxNs)
    .reduce((sum, { ok, error }) => sum + ok + error, 0);
}
