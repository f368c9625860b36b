import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../dev/random.mjs';
import { randomModel, skeletonFor } from '../testing/traces';
import { columnAt, eachColumn, type FlameScale, flameScale, standIn } from './flame-columns';
import { buildFlameLanes, countLit, type FlameLanes } from './flame-lanes';
import { assignLanes } from './lanes';
import { buildTraceModel, type TraceModel } from './trace-model';

interface Painted {
  left: number;
  right: number;
  first: number;
  end: number;
}

function paintedLane(lanes: FlameLanes, lane: number, scale: FlameScale): Painted[] {
  const painted: Painted[] = [];
  eachColumn(lanes, lane, scale, (left, right, first, end) => painted.push({ left, right, first, end }));
  return painted;
}

function lanesOf(model: TraceModel): FlameLanes {
  return buildFlameLanes(model, assignLanes(model));
}

// The whole trace and windows of every size, at several widths.
function scalesOf(model: TraceModel, seed: number): FlameScale[] {
  const random = seededRandom(seed);
  const scales = [flameScale(0, model.durationNs, 300), flameScale(0, model.durationNs, 7)];
  for (let i = 0; i < 40; i++) {
    const length = Math.max(10, model.durationNs * random.next() ** 6);
    const t0 = (model.durationNs - length) * random.next();
    scales.push(flameScale(t0, t0 + length, 200));
  }
  return scales;
}

describe.each([1, 2, 3, 4, 5, 6])('the flame graph of a random trace (%i)', (seed) => {
  const model = randomModel(seed, 900);
  // Zero durations, as tracers send them for marks.
  for (let i = 1; i < model.count; i += 17) model.end[i] = model.start[i];
  const lanes = lanesOf(model);

  test('shows every span once at full view, in a pixel or more', () => {
    for (const width of [1, 7, 300, 3_000]) {
      const scale = flameScale(0, model.durationNs, width);
      const seen = new Uint8Array(model.count);
      let misplaced = 0;
      for (let lane = 0; lane < lanes.laneCount; lane++) {
        let free = 0;
        for (const { left, right, first, end } of paintedLane(lanes, lane, scale)) {
          if (left < free || right <= left || right > width) misplaced++;
          free = right;
          for (let place = first; place < end; place++) seen[lanes.span[place]]++;
        }
      }
      expect(seen.every((times) => times === 1)).toBe(true);
      expect(misplaced).toBe(0);
    }
  });

  test('points at what it paints, pixel by pixel and at any zoom', () => {
    let wrong = 0;
    for (const scale of scalesOf(model, seed)) {
      for (let lane = 0; lane < lanes.laneCount; lane++) {
        const byPixel: (Painted | undefined)[] = new Array(scale.width);
        for (const column of paintedLane(lanes, lane, scale)) byPixel.fill(column, column.left, column.right);
        for (let x = 0; x < scale.width; x++) {
          const hit = columnAt(lanes, lane, scale, x);
          if (hit?.first !== byPixel[x]?.first || hit?.end !== byPixel[x]?.end) wrong++;
        }
      }
    }
    expect(wrong).toBe(0);
  });

  test('loses no error, at any zoom', () => {
    let lost = 0;
    for (const scale of scalesOf(model, seed)) {
      for (let lane = 0; lane < lanes.laneCount; lane++) {
        for (const column of paintedLane(lanes, lane, scale)) {
          const failed = lanes.span.subarray(column.first, column.end).some((span) => model.failed[span]);
          if (failed !== (model.failed[standIn(lanes, null, column)] === 1)) lost++;
        }
      }
    }
    expect(lost).toBe(0);
  });

  test('lets what is lit stand for what is dimmed', () => {
    const random = seededRandom(seed);
    const lit = countLit(
      lanes,
      model,
      Uint8Array.from({ length: model.count }, () => (random.chance(0.3) ? 1 : 0)),
    );
    const scale = flameScale(0, model.durationNs, 60);
    for (let lane = 0; lane < lanes.laneCount; lane++) {
      for (const column of paintedLane(lanes, lane, scale)) {
        const spans = Array.from(lanes.span.subarray(column.first, column.end));
        const litSpans = spans.filter((span) => lit.flags[span]);
        const shown = standIn(lanes, lit, column);
        expect(spans).toContain(shown);
        if (litSpans.length > 0) expect(litSpans).toContain(shown);
        if (litSpans.some((span) => model.failed[span])) expect(model.failed[shown]).toBe(1);
      }
    }
  });

  test('shows each span alone when the view is as short as it gets', () => {
    for (let i = 0; i < model.count; i += 5) {
      const scale = flameScale(model.start[i] - 5, model.start[i] + 5, 200);
      const column = columnAt(lanes, lanes.laneOf[i], scale, Math.floor(5 * scale.pixelsPerNs));
      expect(column && standIn(lanes, null, column)).toBe(i);
    }
  });
});

test('work is bounded by pixels', () => {
  const count = 200_000;
  const skeleton = skeletonFor((b) => b.span('web', 'request', 'GET /', {}, () => b.wait(1)));
  const model = buildTraceModel(skeleton);
  const start = Float64Array.from({ length: count }, (_, i) => i * 10);
  const lanes: FlameLanes = {
    ...lanesOf(model),
    laneStart: Int32Array.of(0, count),
    span: Int32Array.from({ length: count }, (_, i) => i),
    start,
    end: start.map((ns) => ns + 9),
  };
  expect(paintedLane(lanes, 0, flameScale(0, count * 10, 1_000)).length).toBeLessThanOrEqual(1_000);
});

test('a lone span without a duration is a pixel', () => {
  const skeleton = skeletonFor((b) => b.span('web', 'request', 'GET /', {}));
  skeleton.spans.duration[0] = 0;
  skeleton.duration_ns = 0;
  const model = buildTraceModel(skeleton);
  expect(paintedLane(lanesOf(model), 0, flameScale(0, model.durationNs, 100))).toEqual([
    { left: 0, right: 1, first: 0, end: 1 },
  ]);
});
