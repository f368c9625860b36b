// Paints the part of a flame graph that is on screen onto a canvas.
//
// First all rectangles of the visible lanes are collected, then they are painted colour by colour: changing the colour costs
// more than a rectangle. Errors, outlines and texts follow on top. All lengths are device pixels; `ratio` of them make one
// of CSS.

import { eachColumn, type FlameScale, flameScale, pixelOf, standIn } from './flame-columns';
import { fitText } from './flame-labels';
import type { FlameLanes, FlameLit } from './flame-lanes';
import { eachSelfPixels } from './flame-self';
import { timeTicks } from './ticks';
import { SPAN_FLAGS, type TraceModel } from './trace-model';

// CSS pixels.
export const FLAME_PITCH = 18;
export const FLAME_TOP = 4;
const GAP = 1;
const TEXT_PADDING = 5;
const LABEL_FROM = 34;
const ICON_FROM = 26;
const ICON_SIZE = 12;
const HATCH_FROM = 6;
const SELF_STRIP = 4;
const SELF_FROM = 4;
const TICKS_MAX = 7;

const DIMMED_ALPHA = 0.22;

export interface FlameColors {
  // By group of what spans are coloured by: fill, what is written on it, and whether the colour is used a second time.
  groups: readonly { fill: string; ink: string; repeated: boolean }[];
  background: string;
  grid: string;
  text: string;
  dimmedText: string;
  accent: string;
  error: string;
  // Laid over a fill where a span is busy itself.
  selfTime: string;
  font: string;
  // Laid over groups whose colour is used a second time.
  hatch: CanvasPattern | null;
}

export interface FlameScene {
  model: TraceModel;
  lanes: FlameLanes;
  // By span: its group of the colours.
  groupOf: Int32Array;
  // Null when nothing is dimmed.
  lit: FlameLit | null;
  criticalPath: boolean;
  // What a span is, and what is added when there is room.
  labelOf: (span: number) => readonly [name: string, more: string];
}

export interface FlameFrame {
  t0: number;
  t1: number;
  width: number;
  height: number;
  // How far the lanes are scrolled.
  top: number;
  ratio: number;
  characterWidth: number;
  // Spans, -1 for none. The cursor only while the keyboard is on the graph.
  selected: number;
  cursor: number;
  hovered: number;
}

// What is to be painted, one entry a rectangle; the arrays grow and are used again for the next frame.
class Rectangles {
  count = 0;
  left = new Int32Array(4096);
  right = new Int32Array(4096);
  lane = new Int32Array(4096);
  span = new Int32Array(4096);
  // Spans that share it.
  spans = new Int32Array(4096);

  add(left: number, right: number, lane: number, span: number, spans: number): void {
    if (this.count === this.left.length) this.#grow();
    const at = this.count++;
    this.left[at] = left;
    this.right[at] = right;
    this.lane[at] = lane;
    this.span[at] = span;
    this.spans[at] = spans;
  }

  #grow(): void {
    const grown = (before: Int32Array) => {
      const after = new Int32Array(2 * before.length);
      after.set(before);
      return after;
    };
    this.left = grown(this.left);
    this.right = grown(this.right);
    this.lane = grown(this.lane);
    this.span = grown(this.span);
    this.spans = grown(this.spans);
  }
}

const rectangles = new Rectangles();

export function laneTop(lane: number, ratio: number): number {
  return Math.round((FLAME_TOP + lane * FLAME_PITCH) * ratio);
}

// The lane at a height, counted from the top of the first one; may lie outside of the lanes.
export function laneAt(y: number): number {
  return Math.floor((y - FLAME_TOP) / FLAME_PITCH);
}

export function drawFlame(
  context: CanvasRenderingContext2D,
  scene: FlameScene,
  frame: FlameFrame,
  colors: FlameColors,
): void {
  const scale = flameScale(frame.t0, frame.t1, frame.width);
  context.globalAlpha = 1;
  context.clearRect(0, 0, frame.width, frame.height);
  drawGrid(context, scale, frame, colors);
  collect(scene, scale, frame);
  fillByColor(context, scene, frame, colors);
  drawSelfTimes(context, scene, scale, frame, colors);
  drawErrors(context, scene, frame, colors);
  if (scene.criticalPath) drawCriticalPath(context, scene, frame, colors);
  drawLabels(context, scene, frame, colors);
  if (frame.hovered >= 0 && frame.hovered !== frame.selected) {
    outline(context, scene, scale, frame, frame.hovered, [colors.text], 1);
  }
  if (frame.selected >= 0) {
    outline(context, scene, scale, frame, frame.selected, [colors.background, colors.accent], 2);
  }
  if (frame.cursor >= 0 && frame.cursor !== frame.selected) {
    context.setLineDash([4 * frame.ratio, 3 * frame.ratio]);
    outline(context, scene, scale, frame, frame.cursor, [colors.text], 2);
    context.setLineDash([]);
  }
}

function drawGrid(context: CanvasRenderingContext2D, scale: FlameScale, frame: FlameFrame, colors: FlameColors): void {
  context.fillStyle = colors.grid;
  for (const at of timeTicks(frame.t0, frame.t1, TICKS_MAX).at) {
    context.fillRect(pixelOf(scale, at), 0, Math.max(1, Math.floor(frame.ratio)), frame.height);
  }
}

function collect({ lanes, lit }: FlameScene, scale: FlameScale, frame: FlameFrame): void {
  rectangles.count = 0;
  const first = Math.max(0, laneAt(frame.top / frame.ratio));
  const last = Math.min(lanes.laneCount - 1, laneAt((frame.top + frame.height) / frame.ratio));
  for (let lane = first; lane <= last; lane++) {
    eachColumn(lanes, lane, scale, (left, right, from, end) => {
      rectangles.add(left, right, lane, standIn(lanes, lit, { first: from, end }), end - from);
    });
  }
}

function isDimmed({ lit }: FlameScene, span: number): boolean {
  return lit !== null && !lit.flags[span];
}

function barHeight(ratio: number): number {
  return Math.max(1, Math.round((FLAME_PITCH - GAP) * ratio));
}

function fillByColor(
  context: CanvasRenderingContext2D,
  scene: FlameScene,
  frame: FlameFrame,
  colors: FlameColors,
): void {
  const { groupOf } = scene;
  const height = barHeight(frame.ratio);
  // Two buckets a colour, the second for what is dimmed; then counted and sorted into them.
  const bucketOf = (at: number) => {
    const span = rectangles.span[at];
    return 2 * groupOf[span] + (isDimmed(scene, span) ? 1 : 0);
  };
  const bucketStart = new Int32Array(2 * colors.groups.length + 1);
  for (let at = 0; at < rectangles.count; at++) bucketStart[bucketOf(at) + 1]++;
  for (let bucket = 0; bucket < 2 * colors.groups.length; bucket++) bucketStart[bucket + 1] += bucketStart[bucket];
  const next = bucketStart.slice();
  const order = new Int32Array(rectangles.count);
  for (let at = 0; at < rectangles.count; at++) order[next[bucketOf(at)]++] = at;

  for (let bucket = 0; bucket < 2 * colors.groups.length; bucket++) {
    const [from, to] = [bucketStart[bucket], bucketStart[bucket + 1]];
    if (from === to) continue;
    const { fill, repeated } = colors.groups[bucket >> 1];
    context.globalAlpha = bucket & 1 ? DIMMED_ALPHA : 1;
    context.fillStyle = fill;
    for (let i = from; i < to; i++) fillBar(context, order[i], frame, height, 0);
    if (!repeated || !colors.hatch) continue;
    context.fillStyle = colors.hatch;
    for (let i = from; i < to; i++) fillBar(context, order[i], frame, height, HATCH_FROM * frame.ratio);
  }
  context.globalAlpha = 1;
}

// A pixel stays free behind bars that have some to spare, so that neighbours of one colour are told apart.
function fillBar(
  context: CanvasRenderingContext2D,
  at: number,
  frame: FlameFrame,
  height: number,
  widthMin: number,
): void {
  const left = rectangles.left[at];
  const width = rectangles.right[at] - left;
  if (width < widthMin) return;
  const top = laneTop(rectangles.lane[at], frame.ratio) - frame.top;
  context.fillRect(left, top, width > 3 * frame.ratio ? width - 1 : width, height);
}

// A darker strip along the lower edge where no child is open, below the text: a fill that is darker as a whole would take
// the contrast from what is written on it.
function drawSelfTimes(
  context: CanvasRenderingContext2D,
  { model, lit }: FlameScene,
  scale: FlameScale,
  frame: FlameFrame,
  colors: FlameColors,
): void {
  const { ratio } = frame;
  const strip = Math.max(1, Math.round(SELF_STRIP * ratio));
  const below = barHeight(ratio) - strip;
  context.fillStyle = colors.selfTime;
  for (let at = 0; at < rectangles.count; at++) {
    const span = rectangles.span[at];
    const width = rectangles.right[at] - rectangles.left[at];
    if (rectangles.spans[at] > 1 || width < SELF_FROM * ratio || (lit && !lit.flags[span])) continue;
    const top = laneTop(rectangles.lane[at], ratio) - frame.top + below;
    const right = rectangles.right[at] - (width > 3 * ratio ? 1 : 0);
    eachSelfPixels(model.self, span, scale, rectangles.left[at], right, (from, to) =>
      context.fillRect(from, top, to - from, strip),
    );
  }
}

// A red edge on the left, all of it where it is narrow; a sign where there is room.
function drawErrors(
  context: CanvasRenderingContext2D,
  scene: FlameScene,
  frame: FlameFrame,
  colors: FlameColors,
): void {
  const { ratio } = frame;
  const height = barHeight(ratio);
  const edge = Math.round(2 * ratio);
  for (let at = 0; at < rectangles.count; at++) {
    const span = rectangles.span[at];
    if (!scene.model.failed[span]) continue;
    const left = rectangles.left[at];
    const width = rectangles.right[at] - left;
    const top = laneTop(rectangles.lane[at], ratio) - frame.top;
    context.globalAlpha = isDimmed(scene, span) ? 0.5 : 1;
    context.fillStyle = colors.error;
    context.fillRect(left, top, Math.min(edge, width), height);
    if (width < ICON_FROM * ratio) continue;
    drawSign(context, left + edge + (ICON_SIZE / 2 + 2) * ratio, top + height / 2, ratio, colors);
  }
  context.globalAlpha = 1;
}

function drawSign(context: CanvasRenderingContext2D, x: number, y: number, ratio: number, colors: FlameColors): void {
  const radius = (ICON_SIZE / 2) * ratio;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colors.background;
  context.fill();
  context.beginPath();
  context.arc(x, y, radius - ratio, 0, 2 * Math.PI);
  context.fillStyle = colors.error;
  context.fill();
  context.fillStyle = colors.background;
  context.fillRect(x - 0.75 * ratio, y - 3 * ratio, 1.5 * ratio, 3.5 * ratio);
  context.fillRect(x - 0.75 * ratio, y + 1.5 * ratio, 1.5 * ratio, 1.5 * ratio);
}

// An outline with a halo, so that it is seen on any fill; a line below what is too narrow to have one.
function drawCriticalPath(
  context: CanvasRenderingContext2D,
  { model, lit }: FlameScene,
  frame: FlameFrame,
  colors: FlameColors,
): void {
  const { ratio } = frame;
  const height = barHeight(ratio);
  const line = Math.max(1, Math.round(1.5 * ratio));
  for (let at = 0; at < rectangles.count; at++) {
    const span = rectangles.span[at];
    if (!(model.flags[span] & SPAN_FLAGS.critical) || (lit && !lit.flags[span])) continue;
    const left = rectangles.left[at];
    const width = rectangles.right[at] - left;
    const top = laneTop(rectangles.lane[at], ratio) - frame.top;
    if (width < 6 * line) {
      context.fillStyle = colors.text;
      context.fillRect(left, top + height - 2 * line, width, 2 * line);
      continue;
    }
    context.lineWidth = line;
    context.strokeStyle = colors.background;
    context.strokeRect(left + 1.5 * line, top + 1.5 * line, width - 1 - 3 * line, height - 3 * line);
    context.strokeStyle = colors.text;
    context.strokeRect(left + line / 2, top + line / 2, width - 1 - line, height - line);
  }
}

function drawLabels(
  context: CanvasRenderingContext2D,
  scene: FlameScene,
  frame: FlameFrame,
  colors: FlameColors,
): void {
  const { ratio, characterWidth } = frame;
  // Beside the outline of the critical path, where that is shown.
  const padding = (TEXT_PADDING + (scene.criticalPath ? 3 : 0)) * ratio;
  context.font = colors.font;
  context.textBaseline = 'middle';
  context.direction = 'ltr';
  for (let at = 0; at < rectangles.count; at++) {
    const left = Math.max(0, rectangles.left[at]);
    const width = rectangles.right[at] - left;
    if (width < LABEL_FROM * ratio) continue;
    const span = rectangles.span[at];
    const indent = scene.model.failed[span] ? (ICON_SIZE + 2) * ratio : 0;
    const room = width - 2 * padding - indent;
    const [name, more] = scene.labelOf(span);
    const shown = fitText(name, room, characterWidth);
    if (!shown) continue;
    const dimmed = isDimmed(scene, span);
    const rest = room - (shown.length + 2) * characterWidth;
    const restShown = shown.endsWith('…') || more.length * characterWidth > rest ? '' : `  ${more}`;
    const top = laneTop(rectangles.lane[at], ratio) - frame.top;
    const y = top + barHeight(ratio) / 2 + 0.5 * ratio;
    const { fill, ink, repeated } = colors.groups[scene.groupOf[span]];
    if (repeated && !dimmed) {
      // Nobody reads across the hatch.
      context.fillStyle = fill;
      const textWidth = Math.min(room, (shown.length + restShown.length) * characterWidth);
      context.fillRect(left + padding + indent - 2 * ratio, top, textWidth + 4 * ratio, barHeight(ratio));
    }
    context.fillStyle = dimmed ? colors.dimmedText : ink;
    // Letters wider than the average are squeezed rather than written over the next bar.
    context.fillText(shown + restShown, left + padding + indent, y, room);
  }
}

// Around a span, in lines from the inside out; what is narrow or off screen is marked where it would be.
function outline(
  context: CanvasRenderingContext2D,
  { model, lanes }: FlameScene,
  scale: FlameScale,
  frame: FlameFrame,
  span: number,
  lines: readonly string[],
  width: number,
): void {
  const { ratio } = frame;
  const left = Math.max(-4 * ratio, pixelOf(scale, model.start[span]));
  const right = Math.min(frame.width + 4 * ratio, Math.max(left + 3 * ratio, pixelOf(scale, model.end[span])));
  const top = laneTop(lanes.laneOf[span], ratio) - frame.top;
  context.lineWidth = width * ratio;
  lines.forEach((color, i) => {
    const grow = (i - lines.length + 1.5) * width * ratio;
    context.strokeStyle = color;
    context.strokeRect(left - grow, top - grow, right - left + 2 * grow, barHeight(ratio) + 2 * grow);
  });
}
