// Rates per second; rare events by minute or hour, where the number says more than 0.00.

import { formatCount } from './count';
import { significant } from './number';

export function formatRate(perSecond: number | null | undefined, noun = 'req'): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond)) return '–';
  if (perSecond === 0) return `0 ${noun}/s`;
  if (perSecond >= 0.1) return `${scaled(perSecond)} ${noun}/s`;
  const perMinute = perSecond * 60;
  if (perMinute >= 0.1) return `${scaled(perMinute)} ${noun}/min`;
  return `${scaled(perMinute * 60)} ${noun}/h`;
}

function scaled(value: number): string {
  if (value < 1000) return significant(value, 3);
  if (value < 10_000) return `${significant(value / 1000, 3)}k`;
  return formatCount(value);
}
