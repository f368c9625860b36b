import { describe, expect, test } from 'vitest';
import { randomModel } from '../testing/traces';
import { assignLanes } from './lanes';
import { errorColumns, minimapRects } from './minimap';

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
