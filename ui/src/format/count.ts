// Counts: exact up to 9,999, then three significant digits and a suffix.

import { groupDigits, significant } from './number';

const SUFFIXES = ['', 'k', 'M', 'B', 'T'];

export function formatCount(value: number | null | undefined, options: { approximate?: boolean } = {}): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const prefix = options.approximate ? '~' : '';
  if (Math.abs(value) < 10_000) return prefix + groupDigits(Math.round(value));
  let scaled = value;
  let suffix = 0;
  // 999,950 rounds to 1000k, which is written 1M.
  while (Number(significant(Math.abs(scaled), 3)) >= 1000 && suffix < SUFFIXES.length - 1) {
    scaled /= 1000;
    suffix++;
  }
  return prefix + significant(scaled, 3) + SUFFIXES[suffix];
}

export function formatCountExact(value: number): string {
  return groupDigits(value);
}

// `1 span`, `2 spans`, `12.3k spans`
export function formatCountOf(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`;
}
