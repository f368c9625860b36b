import { useEffect, useRef } from 'react';
import { formatTimeAxis } from '../../format/time';
import { useTheme } from '../../ui/theme';
import { useZone } from '../../ui/zone';
import { type ChartContent, TimeChart } from '../../viz/time-chart';
import type { Chart } from './chart-contents';
import type { Crosshair } from './crosshair';

export interface ZoomHandlers {
  // A stretch of time was chosen, in ms since 1970.
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

interface TimeChartViewProps extends ZoomHandlers {
  chart: Chart;
  // What the picture says.
  label: string;
  // Of all charts that share the crosshair.
  page: string;
  crosshair: Crosshair;
}

// The picture of a chart. The keyboard moves the crosshair through its points.
export function TimeChartView({ chart, label, page, crosshair, onZoom, onReset }: TimeChartViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<TimeChart | null>(null);
  const theme = useTheme();
  const zone = useZone();
  const { content, formatTicks } = chart;
  const latest = useRef({ formatTicks, onZoom, onReset, content });
  useEffect(() => {
    latest.current = { formatTicks, onZoom, onReset, content };
  });

  // Made anew when there are other lines, other colours or another zone; else it gets other values.
  const kind = `${content.shape} ${content.whole} ${content.lines.map((line) => `${line.label}\n${line.color}`).join('\n')} ${theme}`;
  useEffect(() => {
    const element = place.current;
    if (!element || !kind || !document.createElement('canvas').getContext('2d')) return;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const chartNow = new TimeChart(
      element,
      withColors(latest.current.content, color),
      { axis: color('--text-3'), grid: color('--border'), partial: color('--partial') },
      {
        syncKey: page,
        formatTicks: (values) => latest.current.formatTicks(values),
        zone,
        formatTimes: (millis) => formatTimeAxis(millis, zone),
        onCursor: crosshair.set,
        onZoom: (from, to) => latest.current.onZoom(from, to),
        onReset: () => latest.current.onReset(),
      },
    );
    drawn.current = chartNow;
    const resized = new ResizeObserver(() => chartNow.resize(element.clientWidth, element.clientHeight));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chartNow.destroy();
      drawn.current = null;
    };
  }, [kind, page, crosshair, zone]);

  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    drawn.current?.update(withColors(content, (name) => style.getPropertyValue(name).trim()));
  }, [content]);

  function onKeyDown(event: React.KeyboardEvent) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape') drawn.current?.moveCursor(null);
    if (step === undefined) return;
    event.preventDefault();
    const last = content.times.length - 1;
    const at = crosshair.get();
    const next = at === null ? last : Math.min(last, Math.max(0, at + step));
    drawn.current?.moveCursor(next);
    crosshair.set(next);
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the crosshair can be moved by keys
    <div ref={place} className="time-chart" role="img" aria-label={label} tabIndex={0} onKeyDown={onKeyDown} />
  );
}

function withColors(content: ChartContent, color: (name: string) => string): ChartContent {
  return { ...content, lines: content.lines.map((line) => ({ ...line, color: color(line.color) })) };
}
