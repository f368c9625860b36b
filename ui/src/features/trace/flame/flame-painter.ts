// Keeps a canvas showing the flame graph: paints once a frame while something changes, and sleeps otherwise.
//
// Lives outside of React. The canvas stays in sight while the element around it scrolls by its lanes; what scrolls, zooms
// or is pointed at only asks for the next frame.

import type { FlameColumn } from '../../../viz/flame-columns';
import { columnAt, flameScale } from '../../../viz/flame-columns';
import { drawFlame, FLAME_PITCH, FLAME_TOP, type FlameColors, type FlameScene, laneAt } from '../../../viz/flame-draw';
import { averageCharacter } from '../../../viz/flame-labels';
import type { ViewRange } from '../../../viz/view-range';

// A line of a pixel can't be hit with a mouse; so far beside it, it is meant all the same.
const NEAR_PX = 3;

export interface FlameElements {
  canvas: HTMLCanvasElement;
  scroller: HTMLElement;
  view: ViewRange;
}

export class FlamePainter {
  // Spans, -1 for none.
  selected = -1;
  hovered = -1;
  // Shown while the keyboard is on the graph.
  cursor = -1;
  cursorShown = false;
  #elements: FlameElements | null = null;
  #scene: FlameScene | null = null;
  #colors: FlameColors | null = null;
  #characterWidth = 0;
  #frame = 0;

  // Until the returned function is called.
  attach(elements: FlameElements): () => void {
    const { canvas, scroller, view } = elements;
    this.#elements = elements;
    const repaint = () => this.invalidate();
    // In the frame of the new size, or an empty canvas would be seen for one.
    const resized = new ResizeObserver(() => this.#paint());
    resized.observe(canvas);
    const leave = view.watch(repaint);
    scroller.addEventListener('scroll', repaint, { passive: true });
    window.addEventListener('resize', repaint);
    return () => {
      resized.disconnect();
      leave();
      scroller.removeEventListener('scroll', repaint);
      window.removeEventListener('resize', repaint);
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#elements = null;
    };
  }

  show(scene: FlameScene, colors: FlameColors): void {
    this.#scene = scene;
    this.#colors = colors;
    this.#characterWidth = 0;
    this.invalidate();
  }

  invalidate(): void {
    if (this.#frame || !this.#elements) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  // What is drawn at a point of the screen, null for nothing.
  hit(clientX: number, clientY: number): FlameColumn | null {
    if (!this.#elements || !this.#scene) return null;
    const { canvas, scroller, view } = this.#elements;
    const box = canvas.getBoundingClientRect();
    const { lanes } = this.#scene;
    const { ratio, width } = sizeOf(canvas);
    const lane = laneAt(clientY - box.top + scroller.scrollTop);
    const scale = flameScale(view.t0, view.t1, width);
    const at = (css: number) => columnAt(lanes, lane, scale, Math.floor(css * ratio));
    for (let beside = 0; beside <= NEAR_PX; beside++) {
      const found = at(clientX - box.left - beside) ?? at(clientX - box.left + beside);
      if (found) return found;
    }
    return null;
  }

  // Where a span is on the screen: below the beginning of what can be seen of it.
  pointOf(span: number): { x: number; y: number } | null {
    if (!this.#elements || !this.#scene) return null;
    const { canvas, scroller, view } = this.#elements;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const { model, lanes } = this.#scene;
    const share = (model.start[span] - view.t0) / (view.t1 - view.t0);
    const y = FLAME_TOP + (lanes.laneOf[span] + 1) * FLAME_PITCH - scroller.scrollTop;
    return { x: left + Math.min(1, Math.max(0, share)) * width, y: top + Math.min(height, Math.max(0, y)) };
  }

  // Scrolls until the lane is in sight, or in the middle.
  bringLane(lane: number, align: 'auto' | 'center'): void {
    if (!this.#elements) return;
    const { canvas, scroller } = this.#elements;
    const top = FLAME_TOP + lane * FLAME_PITCH;
    const room = canvas.clientHeight;
    // With a lane to spare above and below.
    const [first, last] = [top - FLAME_PITCH, top + 2 * FLAME_PITCH - room];
    const target = align === 'center' ? (first + last) / 2 : Math.min(first, Math.max(last, scroller.scrollTop));
    scroller.scrollTop = Math.max(0, target);
  }

  #paint(): void {
    const context = this.#elements?.canvas.getContext('2d');
    if (!this.#elements || !this.#scene || !this.#colors || !context) return;
    const { canvas, scroller, view } = this.#elements;
    const { ratio, width, height } = sizeOf(canvas);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const colors = {
      ...this.#colors,
      font: this.#colors.font.replace(/[\d.]+px/, (px) => `${parseFloat(px) * ratio}px`),
    };
    if (this.#characterWidth === 0) {
      context.font = colors.font;
      this.#characterWidth = averageCharacter(context);
    }
    drawFlame(
      context,
      this.#scene,
      {
        t0: view.t0,
        t1: view.t1,
        width,
        height,
        top: Math.round(scroller.scrollTop * ratio),
        ratio,
        characterWidth: this.#characterWidth,
        selected: this.selected,
        hovered: this.hovered,
        cursor: this.cursorShown ? this.cursor : -1,
      },
      colors,
    );
  }
}

// In device pixels.
function sizeOf(canvas: HTMLCanvasElement): { ratio: number; width: number; height: number } {
  const ratio = window.devicePixelRatio;
  return {
    ratio,
    width: Math.max(1, Math.round(canvas.clientWidth * ratio)),
    height: Math.max(1, Math.round(canvas.clientHeight * ratio)),
  };
}
