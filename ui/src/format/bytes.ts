// Bytes in binary units, three significant digits.

import { groupDigits, significant } from './number';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return '–';
  if (bytes < 1024) return `${groupDigits(bytes)} B`;
  let scaled = bytes;
  let unit = 0;
  while (Number(significant(scaled, 3)) >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${significant(scaled, 3)} ${UNITS[unit]}`;
}
