// Series over time on a canvas, by uPlot: lines with gaps or stacked bars, a crosshair that all charts of a page share, and
// a stretch of time that is chosen by dragging.
//
// Draws what it is given; what stands beside it (title, legend, table) is somebody else's.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Zone } from '../format/zone';

export interface ChartLine {
  label: string;
  // As the canvas takes it.
  color: string;
  // One per time; null where nothing is known.
  values: readonly (number | null)[];
  dashed?: boolean;
}

export interface ChartContent {
  // Where each point begins, ms since 1970, rising.
  times: readonly number[];
  // What the axis shows, in ms: also where there are no points.
  range: readonly [number, number];
  // Bars lie on each other in their order; lines don't.
  shape: 'lines' | 'bars';
  lines: readonly ChartLine[];
  // The last point's time isn't over yet.
  partialLast: boolean;
  // There is nothing between 0 and 1.
  whole?: boolean;
}

export interface ChartColors {
  axis: string;
  grid: string;
  // Of a time that isn't over.
  partial: string;
}

export interface ChartHandlers {
  // Charts with the same key share their crosshair.
  syncKey: string;
  // Whose full hours and days are marked.
  zone: Zone;
  formatTicks: (values: readonly number[]) => string[];
  formatTimes: (millis: readonly number[]) => string[];
  // The point under the crosshair; null when there is none.
  onCursor: (place: number | null) => void;
  // A stretch of time has been chosen, in ms.
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

const FONT = '11px "Inter Variable", system-ui, sans-serif';
const AXIS_WIDTH = 56;
const AXIS_HEIGHT = 24;
const WHOLE_STEPS = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
// A shorter drag is a click that slipped.
const DRAG_MIN_PX = 4;

export class TimeChart {
  readonly #plot: uPlot;
  #content: ChartContent;

  // `place` keeps the chart's size; the chart fills it.
  constructor(place: HTMLElement, content: ChartContent, colors: ChartColors, handlers: ChartHandlers) {
    this.#content = content;
    const options = optionsOf(content, colors, handlers, () => this.#content);
    const size = { width: Math.max(1, place.clientWidth), height: Math.max(1, place.clientHeight) };
    this.#plot = new uPlot({ ...options, ...size }, dataOf(content), place);
  }

  // The same lines with other values.
  update(content: ChartContent): void {
    this.#content = content;
    this.#plot.setData(dataOf(content), false);
    this.#plot.redraw(true, true);
    this.#plot.setScale('x', { min: content.range[0] / 1000, max: content.range[1] / 1000 });
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0) this.#plot.setSize({ width, height });
  }

  // The crosshair, in all charts of the same key; null takes it away.
  moveCursor(place: number | null): void {
    const time = place === null ? null : this.#content.times[place];
    const left = time === null || time === undefined ? -10 : this.#plot.valToPos(time / 1000, 'x');
    this.#plot.setCursor({ left, top: left < 0 ? -10 : 0 });
  }

  destroy(): void {
    this.#plot.destroy();
  }
}

// Sums from below for bars, so that each line's value is where its bar ends.
export function stacked(lines: readonly ChartLine[]): (number | null)[][] {
  const sums: number[] = [];
  return lines.map(({ values }) =>
    values.map((value, i) => {
      sums[i] = (sums[i] ?? 0) + (value ?? 0);
      return value === null && sums[i] === 0 ? null : sums[i];
    }),
  );
}

// The highest value that is drawn; 0 when there is none.
export function highest({ shape, lines }: Pick<ChartContent, 'shape' | 'lines'>): number {
  const drawn = shape === 'bars' ? stacked(lines) : lines.map(({ values }) => values);
  let most = 0;
  for (const values of drawn) for (const value of values) if (value !== null && value > most) most = value;
  return most;
}

// Points with nothing known on either side: a line through them would not be seen.
export function lonePoints(values: readonly (number | null | undefined)[]): number[] {
  const known = (i: number) => values[i] !== null && values[i] !== undefined;
  return values.flatMap((_, i) => (known(i) && !known(i - 1) && !known(i + 1) ? [i] : []));
}

function dataOf(content: ChartContent): uPlot.AlignedData {
  const times = content.times.map((ms) => ms / 1000);
  const drawn = content.shape === 'bars' ? stacked(content.lines).reverse() : content.lines.map(({ values }) => values);
  return [times, ...(drawn as (number | null)[][])];
}

function optionsOf(
  content: ChartContent,
  colors: ChartColors,
  handlers: ChartHandlers,
  current: () => ChartContent,
): Omit<uPlot.Options, 'width' | 'height'> {
  const bars = content.shape === 'bars';
  // The highest stack is drawn first, and the others over it.
  const lines = bars ? content.lines.toReversed() : content.lines;
  const grid = { stroke: colors.grid, width: 1 };
  const axis = { font: FONT, stroke: colors.axis, grid, ticks: { show: false } };
  return {
    legend: { show: false },
    padding: [8, 20, 0, 0],
    ...(handlers.zone === 'utc' && { tzDate: (s: number) => uPlot.tzDate(new Date(s * 1000), 'UTC') }),
    cursor: {
      sync: { key: handlers.syncKey },
      drag: { x: true, y: false, setScale: false, dist: DRAG_MIN_PX },
      points: { show: !bars, size: 6 },
      y: false,
      bind: {
        dblclick: () => () => {
          handlers.onReset();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, range: () => [current().range[0] / 1000, current().range[1] / 1000] },
      y: { range: () => [0, (highest(current()) || 1) * 1.06] },
    },
    axes: [
      {
        ...axis,
        size: AXIS_HEIGHT,
        space: 72,
        values: (_, splits) => handlers.formatTimes(splits.map((s) => s * 1000)),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 32,
        ...(content.whole && { incrs: WHOLE_STEPS }),
        values: (_, splits) => handlers.formatTicks(splits),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, bars))],
    hooks: {
      drawClear: [(plot) => shadePartial(plot, current(), colors)],
      setCursor: [(plot) => handlers.onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < DRAG_MIN_PX) return;
          handlers.onZoom(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

function seriesOf({ color, dashed, label }: ChartLine, bars: boolean): uPlot.Series {
  if (bars) {
    const paths = uPlot.paths.bars?.({ align: 1, size: [0.86, 48, 1] });
    return { label, fill: color, width: 0, points: { show: false }, ...(paths && { paths }) };
  }
  return {
    label,
    stroke: color,
    width: 1.5,
    ...(dashed && { dash: [4, 4] }),
    spanGaps: false,
    points: {
      show: true,
      size: 5,
      fill: color,
      stroke: color,
      filter: (plot, series) => lonePoints(plot.data[series] as (number | null)[]),
    },
  };
}

function shadePartial(plot: uPlot, { times, partialLast, range }: ChartContent, colors: ChartColors): void {
  const last = times.at(-1);
  if (!partialLast || last === undefined) return;
  const from = plot.valToPos(Math.max(last, range[0]) / 1000, 'x', true);
  const { left, top, width, height } = plot.bbox;
  if (from >= left + width) return;
  plot.ctx.save();
  plot.ctx.fillStyle = colors.partial;
  plot.ctx.fillRect(Math.max(left, from), top, left + width - Math.max(left, from), height);
  plot.ctx.restore();
}
