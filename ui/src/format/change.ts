// How a number moved against an earlier one.

import { significant } from './number';

export interface Change {
  text: string;
  // The same in words, for those who can't see the arrow.
  label: string;
}

export function formatChange(before: number, after: number): Change {
  if (before === 0) return after === 0 ? { text: '0%', label: 'no change' } : { text: 'new', label: 'new' };
  const ratio = after / before;
  if (ratio > 10) {
    const times = significant(ratio, 2);
    return { text: `×${times}`, label: `${times} times as much` };
  }
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  if (percent === 0) return { text: '0%', label: 'no change' };
  return ratio > 1
    ? { text: `↑ ${percent}%`, label: `up ${percent}%` }
    : { text: `↓ ${percent}%`, label: `down ${percent}%` };
}
