import { beforeEach, expect, test } from 'vitest';
import { noteServerTime, serverClockOffset, watchServerClock } from './server-clock';

const NOON = 1_795_262_400_000;
const nsOf = (millis: number) => `${BigInt(Math.round(millis)) * 1_000_000n}`;

beforeEach(() => noteServerTime(nsOf(NOON), NOON, NOON));

test('a browser whose clock is right keeps it', () => {
  expect(serverClockOffset()).toBe(0);
});

test.each([600_000, -600_000])('a browser whose clock is wrong by %i ms is corrected', (wrong) => {
  noteServerTime(nsOf(NOON + 50), NOON + wrong, NOON + wrong + 100);
  expect(serverClockOffset()).toBe(-wrong);
});

test('a measure that fits what is known changes nothing, however long the answer took', () => {
  noteServerTime(nsOf(NOON + 900), NOON, NOON + 1_000);
  expect(serverClockOffset()).toBe(0);
});

test('who shows times learns of it once', () => {
  let told = 0;
  const leave = watchServerClock(() => {
    told += 1;
  });
  noteServerTime(nsOf(NOON), NOON - 60_000, NOON - 60_000);
  noteServerTime(nsOf(NOON), NOON - 60_000, NOON - 60_000);
  leave();
  expect(told).toBe(1);
});

test('what is no time is not believed', () => {
  noteServerTime('soon', NOON, NOON);
  expect(serverClockOffset()).toBe(0);
});
