import { expect, test } from 'vitest';
import { colorSlot, isRepeatedColor, slotColor } from './service-color';

test('colours repeat after twelve slots, and are marked then', () => {
  expect([1, 12, 13, 24, 25].map(colorSlot)).toEqual([1, 12, 1, 12, 1]);
  expect([1, 12, 13].map(isRepeatedColor)).toEqual([false, false, true]);
  expect(slotColor(13)).toBe('var(--service-1)');
});
