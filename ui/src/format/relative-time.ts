// Times as a distance from now: `12s ago`, `yesterday 14:03`. From two days on, the absolute time.

import { formatClock, formatTime } from './time';
import { startOfDay, type Zone } from './zone';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatRelativeTime(millis: number, nowMillis: number, zone: Zone): string {
  const ago = nowMillis - millis;
  if (Math.abs(ago) < 5 * SECOND) return 'now';
  if (ago < 0) return `in ${distance(-ago)}`;
  if (ago < DAY && millis >= startOfDay(nowMillis, zone)) return `${distance(ago)} ago`;
  // A few hours that cross midnight are still told in hours.
  if (ago < 12 * HOUR) return `${distance(ago)} ago`;
  if (millis >= startOfDay(nowMillis, zone, -1)) return `yesterday ${formatClock(millis, zone)}`;
  return formatTime(millis, nowMillis, zone);
}

export function distance(millis: number): string {
  if (millis < MINUTE) return `${Math.floor(millis / SECOND)}s`;
  if (millis < HOUR) return `${Math.floor(millis / MINUTE)}m`;
  if (millis < 2 * DAY) return `${Math.floor(millis / HOUR)}h`;
  return `${Math.floor(millis / DAY)}d`;
}
