import { describe, expect, test } from 'vitest';
import * as scenarios from '../../dev/scenarios.mjs';
import { modelFor, randomModel, skeletonFor } from '../testing/traces';
import { flameScale, pixelOf } from './flame-columns';
import { drawFlame, FLAME_PITCH, type FlameColors, type FlameFrame, laneAt, laneTop } from './flame-draw';
import { buildFlameLanes, countLit } from './flame-lanes';
import { assignLanes } from './lanes';
import { eachSelfStretch } from './self-stretches';
import { buildTraceModel, type TraceModel } from './trace-model';

interface Painted {
  x: number;
  y: number;
  width: number;
  height: number;
  color: unknown;
  alpha: number;
}

// A canvas that remembers what was painted on it.
function fakeContext() {
  const rectangles: Painted[] = [];
  const outlines: Painted[] = [];
  const texts: { text: string; color: unknown; room: number | undefined }[] = [];
  const state = { fillStyle: '' as unknown, strokeStyle: '' as unknown, globalAlpha: 1, font: '' };
  const rectangle = (into: Painted[], color: () => unknown) => (x: number, y: number, width: number, height: number) =>
    into.push({ x, y, width, height, color: color(), alpha: state.globalAlpha });
  const nothing = () => undefined;
  const context = Object.assign(state, {
    clearRect: nothing,
    beginPath: nothing,
    arc: nothing,
    fill: nothing,
    setLineDash: nothing,
    fillRect: rectangle(rectangles, () => state.fillStyle),
    strokeRect: rectangle(outlines, () => state.strokeStyle),
    fillText: (text: string, _x: number, _y: number, room?: number) =>
      texts.push({ text, color: state.fillStyle, room }),
  });
  return { context: context as unknown as CanvasRenderingContext2D, rectangles, outlines, texts };
}

const FRAME: FlameFrame = {
  t0: 0,
  t1: 1,
  width: 1_000,
  height: 4_000,
  top: 0,
  ratio: 1,
  characterWidth: 6,
  selected: -1,
  cursor: -1,
  hovered: -1,
};

function colorsFor(model: TraceModel, repeated = false): FlameColors {
  const groups = model.skeleton.services.map((_, i) => ({ fill: `fill-${i}`, ink: `ink-${i}`, repeated }));
  const hatch = 'hatch' as unknown as CanvasPattern;
  return {
    groups,
    hatch,
    background: 'background',
    grid: 'grid',
    text: 'text',
    dimmedText: 'dimmed',
    accent: 'accent',
    error: 'error',
    selfTime: 'self',
    font: '11px font',
  };
}

function draw(model: TraceModel, frame: Partial<FlameFrame> = {}, lit: Uint8Array | null = null, repeated = false) {
  const canvas = fakeContext();
  const lanes = buildFlameLanes(model, assignLanes(model));
  drawFlame(
    canvas.context,
    {
      model,
      lanes,
      groupOf: model.service,
      lit: lit && countLit(lanes, model, lit),
      criticalPath: false,
      labelOf: (span) => [`span ${span}`, 'more of it'],
    },
    { ...FRAME, t1: model.durationNs, ...frame },
    colorsFor(model, repeated),
  );
  return { ...canvas, lanes };
}

describe.each([1, 2, 3])('the picture of a random trace (%i)', (seed) => {
  const model = randomModel(seed, 900);

  test.each([1, 1.25, 2])('has red for every failed span, at a ratio of %d', (ratio) => {
    const { rectangles, lanes } = draw(model, { ratio, height: 8_000, width: 300 * ratio });
    const red = rectangles.filter((each) => each.color === 'error');
    for (let span = 0; span < model.count; span++) {
      if (!model.failed[span]) continue;
      const x = Math.floor((model.start[span] / model.durationNs) * (300 * ratio - 1));
      const y = laneTop(lanes.laneOf[span], ratio);
      expect(red.some((each) => each.y === y && each.x >= x - 1 && each.x <= x + 1)).toBe(true);
    }
  });

  test('paints only the lanes on screen', () => {
    const { rectangles } = draw(model, { height: 5 * FLAME_PITCH, top: 3 * FLAME_PITCH });
    const bars = rectangles.filter((each) => String(each.color).startsWith('fill'));
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.every((each) => each.y > -FLAME_PITCH && each.y < 5 * FLAME_PITCH)).toBe(true);
  });

  test('dims what is not lit', () => {
    const lit = Uint8Array.from({ length: model.count }, (_, span) => (span === 0 ? 1 : 0));
    const bars = draw(model, {}, lit).rectangles.filter((each) => String(each.color).startsWith('fill'));
    expect(bars.filter((each) => each.alpha === 1)).toHaveLength(1);
  });
});

test('a darker strip lies where a span is busy itself, and nowhere else', () => {
  const model = modelFor(scenarios.thinker);
  const { rectangles, lanes } = draw(model, { height: 400 });
  const strips = rectangles.filter((each) => each.color === 'self');
  const scale = flameScale(0, model.durationNs, FRAME.width);
  const at = (ns: number) => pixelOf(scale, ns);
  for (let span = 0; span < model.count; span++) {
    const bottom = laneTop(lanes.laneOf[span], 1) + FLAME_PITCH - 1;
    const wanted: { x: number; right: number }[] = [];
    eachSelfStretch(model, span, (from, to) => {
      if (at(to) > at(from)) wanted.push({ x: at(from), right: at(to) });
    });
    const [left, right] = [at(model.start[span]), at(model.end[span])];
    const own = strips.filter((each) => each.y + each.height === bottom && each.x >= left && each.x < right);
    // The last pixel stays free behind a bar.
    expect(own.map(({ x }) => x)).toEqual(wanted.filter(({ x }) => x < right - 1).map(({ x }) => x));
    for (const [i, { x, width }] of own.entries()) expect(wanted[i].right - (x + width)).toBeLessThanOrEqual(1);
  }
  const lit = Uint8Array.from({ length: model.count }, (_, span) => (span === 1 ? 1 : 0));
  const litStrips = draw(model, { height: 400 }, lit).rectangles.filter((each) => each.color === 'self');
  expect(new Set(litStrips.map(({ y }) => y)).size).toBe(1);
});

test('a height leads to its lane and back', () => {
  for (const ratio of [1, 1.5, 2]) {
    for (let lane = 0; lane < 50; lane++) expect(laneAt(laneTop(lane, ratio) / ratio + 1)).toBe(lane);
  }
});

test('texts are cut to their bars and never wider', () => {
  const model = modelFor((b) => scenarios.checkout(b, { items: 20, declined: true }));
  const { texts } = draw(model, { width: 600 });
  expect(texts[0].text).toBe('span 0  more of it');
  for (const { text, room } of texts) expect(text.length * 6).toBeLessThanOrEqual((room ?? 0) + 12);
  expect(texts.length).toBeLessThan(model.count);
});

test('a colour that is used a second time is hatched, but not below its text', () => {
  const model = modelFor(scenarios.thinker);
  const plain = draw(model).rectangles.filter((each) => each.color === 'hatch');
  expect(plain).toHaveLength(0);
  const { rectangles } = draw(model, {}, null, true);
  expect(rectangles.filter((each) => each.color === 'hatch')).toHaveLength(model.count);
});

test('the selected span has an outline with a halo, wherever the cursor is', () => {
  const model = modelFor(scenarios.thinker);
  const colors = (frame: Partial<FlameFrame>) => draw(model, frame).outlines.map((each) => each.color);
  expect(colors({ selected: 2 })).toEqual(['background', 'accent']);
  expect(colors({ selected: 2, cursor: 3 })).toEqual(['background', 'accent', 'text']);
  expect(colors({ selected: 2, cursor: 2, hovered: 2 })).toEqual(['background', 'accent']);
  expect(colors({})).toEqual([]);
});

test('durations of a decade and of a nanosecond are painted at any zoom', () => {
  const skeleton = skeletonFor(scenarios.thinker);
  const decade = 3e17;
  skeleton.duration_ns = decade;
  skeleton.spans.duration.splice(0, 4, decade, 1, 0, decade);
  const model = buildTraceModel(skeleton);
  for (const [t0, t1] of [
    [0, decade],
    [0, 10],
    [decade - 1_000, decade],
  ]) {
    const bars = draw(model, { t0, t1 }).rectangles.filter((each) => String(each.color).startsWith('fill'));
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.every((each) => each.x >= 0 && each.x + each.width <= 1_000 && each.width >= 1)).toBe(true);
  }
});
