// Durations as people read them: the unit follows the magnitude, three significant digits, no trailing zeros.
//
// Input is always nanoseconds. Number and unit are joined by a no-break space, and micro is U+00B5: the bundled fonts
// don't have U+03BC.

import { groupDigits, significant } from './number';

const NBSP = '\u00a0';

export const NANOS_PER_MICRO = 1e3;
export const NANOS_PER_MILLI = 1e6;
export const NANOS_PER_SECOND = 1e9;
export const NANOS_PER_MINUTE = 60e9;
export const NANOS_PER_HOUR = 3600e9;
export const NANOS_PER_DAY = 86400e9;

interface Unit {
  name: string;
  nanos: number;
}

const DECIMAL_UNITS: readonly Unit[] = [
  { name: 'ns', nanos: 1 },
  { name: 'µs', nanos: NANOS_PER_MICRO },
  { name: 'ms', nanos: NANOS_PER_MILLI },
  { name: 's', nanos: NANOS_PER_SECOND },
];

export function formatDuration(ns: number | null | undefined): string {
  if (ns === null || ns === undefined || !Number.isFinite(ns)) return '–';
  if (ns === 0) return `0${NBSP}ms`;
  if (ns < 0) return `−${formatDuration(-ns)}`;
  for (const [i, unit] of DECIMAL_UNITS.entries()) {
    const text = significant(ns / unit.nanos, 3);
    const next = DECIMAL_UNITS[i + 1];
    // Rounding may carry into the next unit: 999,950 ns is 1 ms, not 1000 µs.
    const limit = next ? next.nanos / unit.nanos : 60;
    if (Number(text) < limit) return `${text}${NBSP}${unit.name}`;
  }
  return formatLongDuration(ns);
}

// From a minute on: the two largest units, the smaller one rounded.
function formatLongDuration(ns: number): string {
  const seconds = Math.round(ns / NANOS_PER_SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${NBSP}${twoDigits(seconds % 60)}s`;
  const minutes = Math.round(ns / NANOS_PER_MINUTE);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h${NBSP}${twoDigits(minutes % 60)}m`;
  const hours = Math.round(ns / NANOS_PER_HOUR);
  return `${groupDigits(Math.floor(hours / 24))}d${NBSP}${hours % 24}h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

// Nothing rounded away, for tooltips and the detail panel: 123.456789 ms.
export function formatDurationExact(ns: number): string {
  const unit = unitOf(Math.abs(ns));
  const digits = Math.round(Math.log10(unit.nanos));
  const whole = Math.trunc(Math.abs(ns) / unit.nanos);
  const fraction = String(Math.round(Math.abs(ns) % unit.nanos))
    .padStart(digits, '0')
    .replace(/0+$/, '');
  const sign = ns < 0 ? '−' : '';
  return `${sign}${groupDigits(whole)}${digits > 0 && fraction ? `.${fraction}` : ''}${NBSP}${unit.name}`;
}

function unitOf(ns: number): Unit {
  if (ns === 0) return DECIMAL_UNITS[2];
  return DECIMAL_UNITS.findLast((unit) => ns >= unit.nanos) ?? DECIMAL_UNITS[0];
}

// One unit and one number of decimals for a whole axis, so that neighbouring ticks can be told apart.
export function axisFormatter(largestNs: number, stepNs: number): (ns: number) => string {
  const unit = unitOf(Math.abs(largestNs));
  const step = stepNs / unit.nanos;
  const decimals = step >= 1 || step <= 0 ? 0 : Math.min(9, Math.ceil(-Math.log10(step) - 1e-9));
  return (ns) => {
    if (ns === 0) return '0';
    const sign = ns < 0 ? '−' : '';
    return `${sign}${(Math.abs(ns) / unit.nanos).toFixed(decimals)}${NBSP}${unit.name}`;
  };
}

// Offsets in a column are read against each other: all take the unit of the largest, with fixed decimals.
export function offsetFormatter(offsets: readonly number[]): (ns: number) => string {
  const largest = offsets.reduce((max, ns) => Math.max(max, Math.abs(ns)), 0);
  const unit = unitOf(largest);
  const decimals = unit.nanos === 1 ? 0 : largest / unit.nanos >= 100 ? 1 : 2;
  return (ns) => {
    const sign = ns < 0 ? '−' : '+';
    return `${sign}${(Math.abs(ns) / unit.nanos).toFixed(decimals)}${NBSP}${unit.name}`;
  };
}
