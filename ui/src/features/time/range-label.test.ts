import { expect, test } from 'vitest';
import type { Zone } from '../../format/zone';
import { describeIn } from '../../testing/in-zone';
import { describeTimeRange, describeWhen } from './range-label';
import { kindOf, PRESETS, rangeMillis, type TimeRange } from './time-range';
import { parseTypedRange } from './typed-range';

const NOW = Date.parse('2026-11-21T14:05:00Z');
const HOUR = 3_600_000;

test.each([
  [{ from: 'now-1h', to: 'now' }, 'Past hour'],
  [{ from: 'now-7m', to: 'now' }, 'Past 7 minutes'],
  [{ from: 'now-1M', to: 'now' }, 'Past month'],
  [{ from: 'now-1y', to: 'now' }, 'Past 1 year'],
  [{ from: 'now-3h', to: 'now-1h' }, 'now-3h – now-1h'],
  [{ from: '2026-11-21T13:00:00Z', to: 'now' }, 'Since 13:00'],
  [{ from: '2026-11-21T00:00:00Z', to: 'now' }, 'Today'],
  [{ from: '2026-11-20T13:00:05Z', to: 'now' }, 'Since Nov 20, 13:00:05'],
  [{ from: '2025-11-20T13:00:00Z', to: 'now' }, 'Since Nov 20 2025, 13:00'],
  [{ from: '2026-11-21T13:00:00Z', to: '2026-11-21T14:00:00Z' }, '13:00 – 14:00'],
  [{ from: '2026-11-20T13:00:00Z', to: '2026-11-20T14:00:00.250Z' }, 'Nov 20, 13:00 – 14:00:00.250'],
  [{ from: '2026-11-20T23:00:00Z', to: '2026-11-21T01:00:00Z' }, 'Nov 20, 23:00 – Nov 21, 01:00'],
  [{ from: '2025-12-31T23:00:00Z', to: '2026-01-01T01:00:00Z' }, 'Dec 31 2025, 23:00 – Jan 1 2026, 01:00'],
  [{ from: '2024-11-20T13:00:00Z', to: '2024-11-20T14:00:00Z' }, 'Nov 20 2024, 13:00 – 14:00'],
  [{ from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }, 'Nov 20'],
  [{ from: '2025-11-18T00:00:00Z', to: '2025-11-21T00:00:00Z' }, 'Nov 18 2025 – Nov 20 2025'],
  [{ from: '1795262400000', to: '1795266000000' }, '12:00 – 13:00'],
])('%j is called %s', (range, label) => {
  expect(describeTimeRange(range, 'utc', NOW)).toBe(label);
});

describeIn('America/New_York', () => {
  test('an hour that comes twice says which it is', () => {
    const range = { from: '2026-11-01T05:30:00Z', to: '2026-11-01T06:30:00Z' };
    expect(describeTimeRange(range, 'local', NOW)).toBe('Nov 1, 01:30 UTC-04:00 – Nov 1, 01:30 UTC-05:00');
    expect(describeTimeRange(range, 'utc', NOW)).toBe('Nov 1, 05:30 – 06:30');
  });

  test('when it is has a zone, and both where it changes', () => {
    const when = (from: string, to: string, zone: Zone = 'local') => describeWhen({ from, to }, zone, NOW);
    expect(when('now-1h', 'now')).toBe('Nov 21, 08:05 – now EST');
    expect(when('now-1h', 'now', 'utc')).toBe('Nov 21, 13:05 – now UTC');
    expect(when('now-3h', 'now-1h')).toBe('Nov 21, 06:05 – 08:05 EST');
    expect(when('2026-10-31T16:00:00Z', '2026-11-01T17:00:00Z')).toBe('Oct 31, 12:00 – Nov 1, 12:00 EDT/EST');
    expect(when('2025-07-04T16:00:00Z', '2025-07-04T16:00:30Z')).toBe('Jul 4 2025, 12:00 – 12:00:30 EDT');
  });
});

// The same sequence each time.
function* randomNumbers(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

function randomRanges(count: number): TimeRange[] {
  const random = randomNumbers(7);
  const next = () => random.next().value as number;
  const units = [1, 1_000, 60_000, HOUR, 24 * HOUR];
  const rounded = (millis: number, unit: number) => new Date(Math.floor(millis / unit) * unit).toISOString();
  return Array.from({ length: count }, () => {
    const unit = units[Math.floor(next() * units.length)];
    // From minutes to three years ago.
    const from = NOW - 60_000 - 3 * 365 * 24 * HOUR * next() ** 4;
    const to = from + (NOW - from) * next() ** 2 + unit;
    const kind = next();
    if (kind < 0.2)
      return { from: `now-${1 + Math.floor(next() * 90)}${'smhdwMy'[Math.floor(next() * 7)]}`, to: 'now' };
    return { from: rounded(from, unit), to: kind < 0.4 ? 'now' : rounded(to, unit) };
  }).filter((range) => rangeMillis(range, NOW));
}

const CLOCKS_GO_BACK = Array.from({ length: 20 }, (_, i) => ({
  from: new Date(Date.parse('2026-11-01T03:30:00Z') + i * HOUR * 0.5).toISOString(),
  to: i % 3 === 2 ? 'now' : new Date(Date.parse('2026-11-01T05:00:00Z') + i * HOUR * 0.5).toISOString(),
}));

for (const place of ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
  describeIn(place, () => {
    test.each(['local', 'utc'] as const)('what a range is called can be typed, in %s time', (zone) => {
      const ranges = [...PRESETS.map(({ range }) => range), ...CLOCKS_GO_BACK, ...randomRanges(400)];
      expect(ranges.length).toBeGreaterThan(400);
      for (const range of ranges) {
        const label = describeTimeRange(range, zone, NOW);
        const typed = parseTypedRange(label, NOW, zone);
        if ('wrong' in typed) throw new Error(`${label}: ${typed.wrong}`);
        expect(rangeMillis(typed.range, NOW), label).toEqual(rangeMillis(range, NOW));
        expect(kindOf(typed.range), label).toBe(kindOf(range));
      }
    });
  });
}
