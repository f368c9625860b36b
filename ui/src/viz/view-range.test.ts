import { expect, test } from 'vitest';
import { barPlace, labelSide } from './bar-geometry';
import { timeTicks } from './ticks';
import { ViewRange } from './view-range';

test('zooming keeps the moment under the pointer in place', () => {
  const view = new ViewRange(1000);
  view.zoomAround(250, 2);
  expect([view.t0, view.t1]).toEqual([125, 625]);
  expect((250 - view.t0) / (view.t1 - view.t0)).toBe(0.25);
});

test('the view never leaves the trace', () => {
  const view = new ViewRange(1000);
  view.set(900, 1400);
  expect([view.t0, view.t1]).toEqual([500, 1000]);
  view.panBy(-5);
  expect(view.t0).toBe(0);
  view.zoomAround(500, 0.001);
  expect(view.isWhole).toBe(true);
});

test('the view never gets too short to divide by', () => {
  const view = new ViewRange(1000);
  view.zoomAround(500, 1e9);
  expect(view.t1 - view.t0).toBe(10);
});

test('watchers hear of real changes only', () => {
  const view = new ViewRange(1000);
  let heard = 0;
  view.watch(() => heard++);
  view.reset();
  expect(heard).toBe(0);
  view.set(0, 500);
  expect(heard).toBe(1);
});

test.each([
  [0, 1000, 5, 200],
  [0, 1_408_110_000, 6, 500_000_000],
  [100, 107, 4, 2],
  [0, 1, 10, 1],
])('ticks from %d to %d in at most %d steps are %d apart', (t0, t1, count, step) => {
  const ticks = timeTicks(t0, t1, count);
  expect(ticks.stepNs).toBe(step);
  expect(ticks.at.every((at) => at >= t0 && at <= t1 && at % step === 0)).toBe(true);
});

test('a label stands where there is room', () => {
  const place = (start: number, end: number) => labelSide(barPlace(start, end, 0, 1000), 60, 600);
  expect(place(0, 500)).toBe('right');
  expect(place(500, 990)).toBe('left');
  expect(place(10, 990)).toBe('inside');
  expect(place(-500, -100)).toBe('before');
  expect(place(1100, 1200)).toBe('after');
});
