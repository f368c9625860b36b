import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as scenarios from '../../../../dev/scenarios.mjs';
import { modelFor } from '../../../testing/traces';
import { colorGroupsOf, groupOfSpans } from '../../../viz/color-groups';
import { buildFlameLanes } from '../../../viz/flame-lanes';
import { assignLanes } from '../../../viz/lanes';
import { ViewRange } from '../../../viz/view-range';
import { readFlameColors } from './flame-colors';
import { FlamePainter } from './flame-painter';

const model = modelFor(scenarios.thinker);
const lanes = buildFlameLanes(model, assignLanes(model));
const groups = colorGroupsOf(model.skeleton, 'service');
const groupOf = groupOfSpans(model.skeleton, groups);
const scene = { model, lanes, groupOf, lit: null, criticalPath: false, labelOf: () => ['', ''] as const };

const waiting = new Map<number, FrameRequestCallback>();
let requests = 0;
const runFrame = () => {
  const frame = [...waiting.values()];
  waiting.clear();
  for (const callback of frame) callback(0);
  return frame.length;
};

beforeEach(() => {
  waiting.clear();
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => {
    waiting.set(++requests, callback);
    return requests;
  });
  vi.stubGlobal('cancelAnimationFrame', (request: number) => waiting.delete(request));
});

afterEach(() => vi.unstubAllGlobals());

function attached() {
  const [canvas, scroller] = [document.createElement('canvas'), document.createElement('div')];
  const view = new ViewRange(model.durationNs);
  const painter = new FlamePainter();
  const detach = painter.attach({ canvas, scroller, view });
  painter.show(scene, readFlameColors(groups, 'light'));
  return { painter, view, scroller, canvas, detach };
}

test('whatever changes, there is one frame for it, and then none', () => {
  const { painter, view, scroller } = attached();
  expect(runFrame()).toBe(1);
  expect(runFrame()).toBe(0);
  view.set(10, 1_000);
  view.panBy(0.1);
  scroller.dispatchEvent(new Event('scroll'));
  painter.invalidate();
  expect(runFrame()).toBe(1);
  expect(runFrame()).toBe(0);
});

test('nothing is painted for a graph that has gone', () => {
  const { painter, view, detach } = attached();
  detach();
  view.set(10, 1_000);
  painter.invalidate();
  expect(waiting.size).toBe(0);
  expect(painter.hit(5, 5)).toBeNull();
});

test('what is missed by a pixel or two is hit all the same', () => {
  const { painter, view } = attached();
  const place = lanes.placeOf[2];
  const x = Math.floor((model.start[2] / view.durationNs) * 999);
  const y = 4 + 18 * (lanes.laneOf[2] + 0.5);
  expect(painter.hit(x - 2, y)).toEqual({ first: place, end: place + 1 });
  expect(painter.hit(x - 5, y)).toBeNull();
});
