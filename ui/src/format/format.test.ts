import { describe, expect, test } from 'vitest';
import { formatBytes } from './bytes';
import { formatChange } from './change';
import { formatCount, formatCountOf } from './count';
import { axisFormatter, formatDuration, formatDurationExact, offsetFormatter } from './duration';
import { shortId } from './id';
import { formatPercent, formatShare } from './percent';
import { formatRate } from './rate';
import { formatRelativeTime } from './relative-time';
import { formatIso, formatTime, millisOf } from './time';

// Vectors are written with a plain space for the no-break one.
const nbsp = (text: string) => text.replaceAll(' ', '\u00a0');

describe('durations', () => {
  test.each([
    [0, '0 ms'],
    [1, '1 ns'],
    [999, '999 ns'],
    [1_234, '1.23 µs'],
    [999_950, '1 ms'],
    [999_400, '999 µs'],
    [1_234_567, '1.23 ms'],
    [1_000_000, '1 ms'],
    [45_600_000, '45.6 ms'],
    [100_000_000, '100 ms'],
    [123_456_789, '123 ms'],
    [999_600_000, '1 s'],
    [1_500_000_000, '1.5 s'],
    [12_340_000_000, '12.3 s'],
    [59_900_000_000, '59.9 s'],
    [59_960_000_000, '1m 00s'],
    [61_000_000_000, '1m 01s'],
    [3_599_600_000_000, '1h 00m'],
    [3_723_000_000_000, '1h 02m'],
    [93_600_000_000_000, '1d 2h'],
    [86_399_000_000_000, '1d 0h'],
    [-1_500_000, '−1.5 ms'],
  ])('%d ns reads %s', (ns, text) => {
    expect(formatDuration(ns)).toBe(nbsp(text));
  });

  test('an unknown duration is a dash', () => {
    expect(formatDuration(null)).toBe('–');
    expect(formatDuration(Number.NaN)).toBe('–');
  });

  test('micro is U+00B5, which the fonts have', () => {
    expect(formatDuration(1_234)).toContain('\u00b5');
  });

  test.each([
    [123_456_789, '123.456789 ms'],
    [1_500_000_000, '1.5 s'],
    [1, '1 ns'],
    [1_000, '1 µs'],
    [0, '0 ms'],
    [3_723_000_000_001, '3,723.000000001 s'],
  ])('the exact form of %d ns is %s', (ns, text) => {
    expect(formatDurationExact(ns)).toBe(nbsp(text));
  });

  test('an axis has one unit and tells its ticks apart', () => {
    const whole = axisFormatter(800_000_000, 200_000_000);
    expect([0, 200_000_000, 800_000_000].map(whole)).toEqual(['0', nbsp('200 ms'), nbsp('800 ms')]);
    const fine = axisFormatter(2_000_500_000, 200_000);
    expect(fine(2_000_200_000)).toBe(nbsp('2.0002 s'));
  });

  test('offsets take the unit of the largest', () => {
    const offset = offsetFormatter([1_200_000, 45_000_000]);
    expect(offset(1_200_000)).toBe(nbsp('+1.20 ms'));
    expect(offset(45_000_000)).toBe(nbsp('+45.00 ms'));
    expect(offset(-500_000)).toBe(nbsp('−0.50 ms'));
  });
});

describe('counts', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [9_999, '9,999'],
    [10_000, '10k'],
    [12_345, '12.3k'],
    [999_950, '1M'],
    [1_234_567, '1.23M'],
    [4_500_000_000, '4.5B'],
  ])('%d reads %s', (value, text) => {
    expect(formatCount(value)).toBe(text);
  });

  test('an estimate says so', () => {
    expect(formatCount(12_345, { approximate: true })).toBe('~12.3k');
  });

  test('nouns follow the number', () => {
    expect(formatCountOf(1, 'span')).toBe('1 span');
    expect(formatCountOf(2, 'span')).toBe('2 spans');
  });
});

describe('rates', () => {
  test.each([
    [0.42, '0.42 req/s'],
    [12.34, '12.3 req/s'],
    [1_200, '1.2k req/s'],
    [0.05, '3 req/min'],
    [0.001, '3.6 req/h'],
    [0, '0 req/s'],
  ])('%d per second reads %s', (value, text) => {
    expect(formatRate(value)).toBe(text);
  });
});

describe('percentages', () => {
  test.each([
    [0, '0%'],
    [0.004, '<0.01%'],
    [0.123, '0.12%'],
    [0.996, '1.0%'],
    [4.56, '4.6%'],
    [9.96, '10%'],
    [12.3, '12%'],
    [99.4, '99%'],
    [99.5, '99.5%'],
    [99.97, '99.97%'],
    [99.996, '99.996%'],
    [100, '100%'],
  ])('%d reads %s', (value, text) => {
    expect(formatPercent(value)).toBe(text);
  });

  test('one error among a million requests is not 0%', () => {
    expect(formatShare(1, 1_000_000)).toBe('<0.01%');
  });

  test('a share of nothing is unknown', () => {
    expect(formatShare(0, 0)).toBe('–');
  });
});

describe('changes', () => {
  test.each([
    [100, 118, '↑ 18%', 'up 18%'],
    [100, 96, '↓ 4%', 'down 4%'],
    [1, 14, '×14', '14 times as much'],
    [0, 5, 'new', 'new'],
    [5, 5, '0%', 'no change'],
  ])('%d to %d reads %s', (before, after, text, label) => {
    expect(formatChange(before, after)).toEqual({ text, label });
  });
});

describe('bytes', () => {
  test.each([
    [512, '512 B'],
    [1024, '1 KiB'],
    [1_536, '1.5 KiB'],
    [1_234_567, '1.18 MiB'],
    [1_073_741_824, '1 GiB'],
  ])('%d reads %s', (value, text) => {
    expect(formatBytes(value)).toBe(text);
  });
});

describe('times', () => {
  const now = new Date(2026, 10, 21, 14, 5, 0).getTime();

  test.each([
    [new Date(2026, 10, 21, 14, 3, 22, 123), '14:03:22.123'],
    [new Date(2026, 10, 20, 14, 3, 22, 123), 'Nov 20 14:03:22.123'],
    [new Date(2025, 10, 20, 14, 3, 22, 123), 'Nov 20 2025 14:03:22.123'],
  ])('%s reads %s', (time, text) => {
    expect(formatTime(time.getTime(), now, 'local')).toBe(text);
  });

  test('ISO keeps every nanosecond', () => {
    const ns = BigInt(now) * 1_000_000n + 123_456_789n;
    expect(formatIso(ns, 'local')).toMatch(/^2026-11-21T14:05:00\.123456789(Z|[+-]\d\d:\d\d)$/);
    expect(millisOf(String(ns))).toBe(now + 123);
  });

  test.each([
    [-3_000, 'now'],
    [-12_000, '12s ago'],
    [-180_000, '3m ago'],
    [-7_200_000, '2h ago'],
    [180_000, 'in 3m'],
  ])('%d ms from now reads %s', (offset, text) => {
    expect(formatRelativeTime(now + offset, now, 'local')).toBe(text);
  });

  test('yesterday keeps its clock, older times are absolute', () => {
    expect(formatRelativeTime(new Date(2026, 10, 20, 1, 3).getTime(), now, 'local')).toBe('yesterday 01:03');
    expect(formatRelativeTime(new Date(2026, 10, 18, 14, 3).getTime(), now, 'local')).toBe('Nov 18 14:03:00.000');
  });
});

test('ids show their last eight digits', () => {
  expect(shortId('6921a4c70000000067e1f2a03b4c5d6e')).toBe('3b4c5d6e');
});
