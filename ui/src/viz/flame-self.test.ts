import { expect, test } from 'vitest';
import { randomModel } from '../testing/traces';
import { flameScale, pixelOf } from './flame-columns';
import { eachSelfPixels } from './flame-self';

test.each([1, 2, 3])('self time is painted where it is, at any zoom (%i)', (seed) => {
  const model = randomModel(seed, 600);
  const { self } = model;
  const length = model.durationNs;
  for (const [t0, t1] of [
    [0, length],
    [length * 0.2, length * 0.3],
    [length * 0.5, length * 0.501],
  ]) {
    const scale = flameScale(t0, t1, 1_200);
    for (let span = 0; span < model.count; span++) {
      const left = Math.max(0, pixelOf(scale, model.start[span]));
      const right = Math.min(1_200, pixelOf(scale, model.end[span]));
      if (right <= left) continue;
      const painted = new Uint8Array(1_200);
      let before = left;
      eachSelfPixels(self, span, scale, left, right, (from, to) => {
        expect(from).toBeGreaterThanOrEqual(before);
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(right);
        before = to;
        painted.fill(1, from, to);
      });
      // What it would be, stretch by stretch.
      const wanted = new Uint8Array(1_200);
      for (let i = self.offsets[span]; i < self.offsets[span + 1]; i++) {
        const from = Math.max(left, pixelOf(scale, self.start[i]));
        wanted.fill(1, from, Math.max(from, Math.min(right, pixelOf(scale, self.end[i]))));
      }
      expect(painted).toEqual(wanted);
    }
  }
});
