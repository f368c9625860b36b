import { describe, expect, test } from 'vitest';
import type { SpanBuilder } from '../../dev/span-builder.mjs';
import { modelFor, randomModel, skeletonFor } from '../testing/traces';
import { assignLanes } from './lanes';
import { errorColumns, minimapRects } from './minimap';
import { buildTraceModel, type TraceModel } from './trace-model';

describe.each([1, 2, 3, 4, 5, 6])('lanes of a random trace (%i)', (seed) => {
  const model = randomModel(seed, 900);
  const lanes = assignLanes(model);

  test('never hold two spans at the same time', () => {
    const freeAt = new Float64Array(lanes.count).fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < model.count; i++) {
      expect(model.start[i]).toBeGreaterThanOrEqual(freeAt[lanes.laneOf[i]]);
      freeAt[lanes.laneOf[i]] = model.end[i];
    }
  });

  test('put children below their parents', () => {
    for (let i = 0; i < model.count; i++) {
      if (model.parent[i] >= 0) expect(lanes.laneOf[i]).toBeGreaterThan(lanes.laneOf[model.parent[i]]);
    }
  });

  test('cover every span in the minimap with at least a pixel', () => {
    const width = 300;
    const painted = Array.from({ length: lanes.count }, () => new Uint8Array(width + 1));
    const top = 2;
    let pitch = 0;
    minimapRects(model, lanes, width, 2000, (rect) => {
      pitch ||= Math.min(14, (2000 - top - 8) / lanes.count);
      const lane = Math.round((rect.y - top) / pitch);
      expect(rect.width).toBeGreaterThan(0);
      painted[lane].fill(1, rect.x, rect.x + rect.width);
    });
    for (let i = 0; i < model.count; i++) {
      const x = Math.min(width - 1, Math.floor((model.start[i] / model.durationNs) * width));
      expect(painted[lanes.laneOf[i]][x]).toBe(1);
    }
  });

  test('mark every failed span', () => {
    const columns = new Set(errorColumns(model, 300));
    for (let i = 0; i < model.count; i++) {
      if (model.failed[i])
        expect(columns.has(Math.min(299, Math.floor((model.start[i] / model.durationNs) * 300)))).toBe(true);
    }
  });
});

function lanesAreClean(model: TraceModel): void {
  const lanes = assignLanes(model);
  const freeAt = new Float64Array(lanes.count).fill(Number.NEGATIVE_INFINITY);
  let clashes = 0;
  for (let i = 0; i < model.count; i++) {
    if (model.start[i] < freeAt[lanes.laneOf[i]]) clashes++;
    freeAt[lanes.laneOf[i]] = Math.max(model.end[i], model.start[i] + 1);
  }
  expect(clashes).toBe(0);
}

test('thousands of parallel calls get a lane each', () => {
  const model = modelFor((b) => {
    b.span('web', 'request', 'GET /', {}, () => {
      b.parallel(Array.from({ length: 3_000 }, () => () => void b.span('db', 'query', 'SELECT', {}, () => b.wait(5))));
    });
  });
  lanesAreClean(model);
  expect(assignLanes(model).count).toBe(3_001);
});

test('deep recursions side by side do not lie over each other', () => {
  const descend = (b: SpanBuilder, levels: number) => {
    b.span('web', 'resolve', 'field', {}, () => {
      b.wait(0.01);
      if (levels > 1) descend(b, levels - 1);
    });
  };
  const model = modelFor((b) => {
    b.span('web', 'request', 'GET /', {}, () => b.parallel([() => descend(b, 600), () => descend(b, 600)]));
  });
  lanesAreClean(model);
  expect(assignLanes(model).count).toBe(1_201);
});

test('spans without a duration at one moment lie below each other', () => {
  const skeleton = skeletonFor((b) => {
    b.span('web', 'request', 'GET /', {}, () => {
      for (let i = 0; i < 3; i++) b.span('web', 'mark', `mark ${i}`);
      b.wait(1);
    });
  });
  skeleton.spans.duration.fill(0, 1);
  const lanes = assignLanes(buildTraceModel(skeleton));
  expect(Array.from(lanes.laneOf)).toEqual([0, 1, 2, 3]);
});

test('a negative duration is none', () => {
  const skeleton = skeletonFor((b) => b.span('web', 'request', 'GET /', {}, () => b.wait(1)));
  skeleton.spans.duration[0] = -5;
  const model = buildTraceModel(skeleton);
  expect(model.end[0]).toBe(model.start[0]);
});
