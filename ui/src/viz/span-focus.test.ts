import { expect, test } from 'vitest';
import { bringInto, centreThenFit, fitSpan } from './span-focus';
import { ViewRange } from './view-range';

test('a span comes to the middle, then fills the width', () => {
  const view = new ViewRange(10_000);
  view.set(0, 1_000);
  const centred = centreThenFit(view, 2_000, 2_200);
  expect(centred).toEqual([1_600, 2_600]);
  view.set(centred[0], centred[1]);
  expect(centreThenFit(view, 2_000, 2_200)).toEqual([1_990, 2_210]);
});

test('what cannot come closer to the middle fills the width at once', () => {
  const view = new ViewRange(10_000);
  expect(centreThenFit(view, 100, 300)).toEqual([90, 310]);
});

test('a span without a duration has a margin all the same', () => {
  expect(fitSpan(500, 500)).toEqual([499, 501]);
});

test('the view moves to a span that is off screen, and only then', () => {
  const view = new ViewRange(10_000);
  view.set(0, 1_000);
  expect(bringInto(view, 900, 5_000)).toEqual([0, 1_000]);
  expect(bringInto(view, 2_000, 2_200)).toEqual([1_600, 2_600]);
  expect(bringInto(view, 4_000, 9_000)).toEqual([3_500, 4_500]);
});
