import { expect, test } from 'vitest';
import { seededRandom } from '../../dev/random.mjs';
import { FreeLanes } from './free-lanes';

// By looking at every lane from the first one on.
function firstFitByDefinition(freeAt: readonly number[], height: number, begin: number): number {
  for (let place = 0; ; place++) {
    const run = Array.from({ length: height }, (_, i) => freeAt[place + i] ?? Number.NEGATIVE_INFINITY);
    if (run.every((at) => at <= begin)) return place;
  }
}

test.each([1, 2, 3])('finds the first run of free lanes, used again and again (%i)', (seed) => {
  const random = seededRandom(seed);
  const free = new FreeLanes();
  for (let round = 0; round < 4; round++) {
    free.clear();
    const freeAt: number[] = [];
    for (let begin = 0; begin < 400; begin++) {
      const height = random.chance(0.1) ? random.between(20, 90) : random.between(1, 4);
      const place = free.firstFit(height, begin);
      expect(place).toBe(firstFitByDefinition(freeAt, height, begin));
      const end = begin + random.between(1, 120);
      free.take(place, height, end);
      freeAt.splice(place, height, ...new Array(height).fill(end));
      expect(free.count).toBe(freeAt.length);
    }
  }
});
