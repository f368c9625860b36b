import { beforeEach, expect, test } from 'vitest';
import { noteServerTime, onServerClock } from './server-clock';

const NOON = 1_795_262_400_000;
const nsOf = (millis: number) => `${BigInt(Math.round(millis)) * 1_000_000n}`;

beforeEach(() => noteServerTime(nsOf(NOON), NOON, NOON));

test('a browser whose clock is right keeps it', () => {
  expect(onServerClock(NOON)).toBe(NOON);
});

test.each([600_000, -600_000])('a browser whose clock is wrong by %i ms is corrected', (wrong) => {
  noteServerTime(nsOf(NOON + 50), NOON + wrong, NOON + wrong + 100);
  expect(onServerClock(NOON + wrong)).toBe(NOON);
});

test('a measure that fits what is known changes nothing, however long the answer took', () => {
  noteServerTime(nsOf(NOON + 900), NOON, NOON + 1_000);
  expect(onServerClock(NOON)).toBe(NOON);
});

test('what is no time is not believed', () => {
  noteServerTime('soon', NOON, NOON);
  expect(onServerClock(NOON)).toBe(NOON);
});
