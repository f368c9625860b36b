// Absolute times, in the zone that is shown. Input is nanoseconds since 1970, as the API sends them: decimal strings.

import { calendarTime, formatOffset, minutesEast, type Zone } from './zone';

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function millisOf(ns: string | bigint): number {
  return Number(BigInt(ns) / 1_000_000n);
}

// `14:03:22.123`, with the day when it isn't today, with the year when it isn't this one.
export function formatTime(millis: number, nowMillis: number, zone: Zone): string {
  const { hour, minute, second, millisecond } = calendarTime(millis, zone);
  const clock = `${two(hour)}:${two(minute)}:${two(second)}.${three(millisecond)}`;
  const day = formatDay(millis, nowMillis, zone);
  return day ? `${day} ${clock}` : clock;
}

function formatDay(millis: number, nowMillis: number, zone: Zone): string {
  const time = calendarTime(millis, zone);
  const now = calendarTime(nowMillis, zone);
  const sameYear = time.year === now.year;
  if (sameYear && time.month === now.month && time.day === now.day) return '';
  const day = `${MONTHS[time.month]} ${time.day}`;
  return sameYear ? day : `${day} ${time.year}`;
}

// `14:03`, or `14:03:20` where points are closer than a minute.
export function formatClock(millis: number, zone: Zone, stepMillis = 60_000): string {
  const { hour, minute, second } = calendarTime(millis, zone);
  return stepMillis < 60_000 ? `${two(hour)}:${two(minute)}:${two(second)}` : `${two(hour)}:${two(minute)}`;
}

// The marks of a time axis: clock times, and the day only where another one begins. Marks a day apart are days alone.
export function formatTimeAxis(marks: readonly number[], zone: Zone): string[] {
  const step = marks.length > 1 ? marks[1] - marks[0] : 60_000;
  const dayOf = (millis: number) => {
    const { month, day } = calendarTime(millis, zone);
    return `${MONTHS[month]} ${day}`;
  };
  if (step >= 20 * 3_600_000) return marks.map(dayOf);
  return marks.map((mark, i) =>
    i > 0 && dayOf(mark) !== dayOf(marks[i - 1]) ? dayOf(mark) : formatClock(mark, zone, step),
  );
}

// ISO 8601 with all nine digits of the second and the zone, for tooltips and for copying.
export function formatIso(ns: string | bigint, zone: Zone): string {
  const nanos = BigInt(ns);
  const millis = millisOf(nanos);
  const { year, month, day, hour, minute, second } = calendarTime(millis, zone);
  const whole = `${year}-${two(month + 1)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
  const fraction = String(nanos % 1_000_000_000n).padStart(9, '0');
  return `${whole}.${fraction}${formatOffset(minutesEast(millis, zone))}`;
}

export function two(value: number): string {
  return String(value).padStart(2, '0');
}

export function three(value: number): string {
  return String(value).padStart(3, '0');
}
