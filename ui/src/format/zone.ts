// The zone in which times are read and written: the browser's own, or UTC.
//
// A calendar time that doesn't exist (when clocks go forward) is an hour later; of one that exists twice it is the first.

export type Zone = 'local' | 'utc';

export interface CalendarTime {
  year: number;
  // January is 0, Sunday is 0, as JavaScript has it.
  month: number;
  weekday: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

export function calendarTime(millis: number, zone: Zone): CalendarTime {
  const time = new Date(millis);
  return zone === 'utc'
    ? {
        year: time.getUTCFullYear(),
        month: time.getUTCMonth(),
        weekday: time.getUTCDay(),
        day: time.getUTCDate(),
        hour: time.getUTCHours(),
        minute: time.getUTCMinutes(),
        second: time.getUTCSeconds(),
        millisecond: time.getUTCMilliseconds(),
      }
    : {
        year: time.getFullYear(),
        month: time.getMonth(),
        weekday: time.getDay(),
        day: time.getDate(),
        hour: time.getHours(),
        minute: time.getMinutes(),
        second: time.getSeconds(),
        millisecond: time.getMilliseconds(),
      };
}

// Days and hours beyond their ends are those of the next month or day, below them of the one before.
export function millisAt(
  zone: Zone,
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  millisecond = 0,
): number {
  return zone === 'utc'
    ? Date.UTC(year, month, day, hour, minute, second, millisecond)
    : new Date(year, month, day, hour, minute, second, millisecond).getTime();
}

export function startOfDay(millis: number, zone: Zone, daysLater = 0): number {
  const { year, month, day } = calendarTime(millis, zone);
  return millisAt(zone, year, month, day + daysLater);
}

export function minutesEast(millis: number, zone: Zone): number {
  return zone === 'utc' ? 0 : -new Date(millis).getTimezoneOffset();
}

// `Z`, `+01:00`
export function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z';
  const distance = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
}

// `UTC`, `CET`, and where there is no such name `UTC+05:45`.
export function zoneName(millis: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  // British and American names are known to one of these each.
  for (const language of ['en-US', 'en-GB']) {
    const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'short' }).formatToParts(millis);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  const minutes = minutesEast(millis, zone);
  return minutes === 0 ? 'UTC' : `UTC${formatOffset(minutes)}`;
}
