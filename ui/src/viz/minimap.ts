// The overview strip: a whole trace in a few dozen pixels of height, drawn once per size and theme.
//
// Spans narrower than a pixel are merged, never lost: per lane and pixel column, the first one paints. Errors get ticks
// along the lower edge, where nothing paints over them.

import type { Lanes } from './lanes';
import type { TraceModel } from './trace-model';

const LANE_HEIGHT_MAX = 14;
const TICK_HEIGHT = 6;

export interface MinimapColors {
  // By group of what spans are coloured by.
  groups: readonly string[];
  error: string;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

// Everything that the strip shows, in paint order. `width` and `height` are device pixels.
export function minimapRects(
  model: TraceModel,
  lanes: Lanes,
  width: number,
  height: number,
  paint: (rect: Rect, span: number) => void,
): void {
  const top = 2;
  const room = height - top - TICK_HEIGHT - 2;
  const pitch = Math.min(LANE_HEIGHT_MAX, room / Math.max(1, lanes.count));
  const bar = Math.max(1, pitch >= 8 ? pitch - 2 : pitch >= 3 ? pitch - 1 : pitch);
  const scale = width / model.durationNs;
  const paintedUpTo = new Int32Array(lanes.count).fill(-1);
  for (let i = 0; i < model.count; i++) {
    const lane = lanes.laneOf[i];
    const left = Math.min(width - 1, Math.floor(model.start[i] * scale));
    const right = Math.max(left + 1, Math.ceil(model.end[i] * scale));
    if (right <= paintedUpTo[lane]) continue;
    const x = Math.max(left, paintedUpTo[lane]);
    paintedUpTo[lane] = right;
    paint({ x, y: top + lane * pitch, width: right - x, height: bar }, i);
  }
}

// Pixel columns in which a failed span begins.
export function errorColumns(model: TraceModel, width: number): number[] {
  const columns = new Set<number>();
  for (let i = 0; i < model.count; i++) {
    if (model.failed[i]) columns.add(Math.min(width - 1, Math.floor((model.start[i] / model.durationNs) * width)));
  }
  return [...columns];
}

export function drawMinimap(
  context: CanvasRenderingContext2D,
  model: TraceModel,
  groupOf: Int32Array,
  lanes: Lanes,
  colors: MinimapColors,
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  minimapRects(model, lanes, width, height, (rect, span) => {
    context.fillStyle = colors.groups[groupOf[span]];
    context.fillRect(rect.x, rect.y, rect.width, rect.height);
  });
  context.fillStyle = colors.error;
  for (const x of errorColumns(model, width))
    context.fillRect(Math.max(0, x - 1), height - TICK_HEIGHT, 2, TICK_HEIGHT);
}
