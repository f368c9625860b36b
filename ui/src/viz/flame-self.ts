// A span's self time in pixels. Work is bounded by pixels: of the thousands of moments between as many short children only
// those are looked at that begin in another pixel.

import { type FlameScale, pixelOf } from './flame-columns';
import type { SelfStretches } from './self-stretches';

// The pixels [from, to) within [left, right), in order; stretches that take no whole pixel are left out.
export function eachSelfPixels(
  { offsets, start, end }: SelfStretches,
  span: number,
  scale: FlameScale,
  left: number,
  right: number,
  paint: (from: number, to: number) => void,
): void {
  const last = offsets[span + 1];
  let pixel = left;
  let at = firstEndingBeyond(end, offsets[span], last, scale, pixel);
  while (at < last && pixel < right) {
    const from = Math.max(pixel, pixelOf(scale, start[at]));
    if (from >= right) return;
    const to = Math.min(right, pixelOf(scale, end[at]));
    if (to > from) paint(from, to);
    pixel = Math.max(to, pixel + 1);
    at = firstEndingBeyond(end, at + 1, last, scale, pixel);
  }
}

function firstEndingBeyond(end: Float64Array, from: number, to: number, scale: FlameScale, pixel: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pixelOf(scale, end[middle]) <= pixel) low = middle + 1;
    else high = middle;
  }
  return low;
}
