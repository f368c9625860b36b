// Absolute times, in the local zone. Input is nanoseconds since 1970, as the API sends them: decimal strings.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function millisOf(ns: string | bigint): number {
  return Number(BigInt(ns) / 1_000_000n);
}

// `14:03:22.123`, with the day when it isn't today, with the year when it isn't this one.
export function formatTime(millis: number, nowMillis: number): string {
  const time = new Date(millis);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${three(time.getMilliseconds())}`;
  const day = formatDay(time, new Date(nowMillis));
  return day ? `${day} ${clock}` : clock;
}

function formatDay(time: Date, now: Date): string {
  const sameYear = time.getFullYear() === now.getFullYear();
  if (sameYear && time.getMonth() === now.getMonth() && time.getDate() === now.getDate()) return '';
  const day = `${MONTHS[time.getMonth()]} ${time.getDate()}`;
  return sameYear ? day : `${day} ${time.getFullYear()}`;
}

// `14:03`, or `14:03:20` where points are closer than a minute.
export function formatClock(millis: number, stepMillis = 60_000): string {
  const time = new Date(millis);
  const minute = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return stepMillis < 60_000 ? `${minute}:${two(time.getSeconds())}` : minute;
}

// The marks of a time axis: clock times, and the day only where another one begins. Marks a day apart are days alone.
export function formatTimeAxis(marks: readonly number[]): string[] {
  const step = marks.length > 1 ? marks[1] - marks[0] : 60_000;
  const dayOf = (millis: number) => `${MONTHS[new Date(millis).getMonth()]} ${new Date(millis).getDate()}`;
  if (step >= 20 * 3_600_000) return marks.map(dayOf);
  return marks.map((mark, i) => (i > 0 && dayOf(mark) !== dayOf(marks[i - 1]) ? dayOf(mark) : formatClock(mark, step)));
}

// ISO 8601 with all nine digits of the second and the zone, for tooltips and for copying.
export function formatIso(ns: string | bigint): string {
  const nanos = BigInt(ns);
  const time = new Date(millisOf(nanos));
  const second = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}T${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const fraction = String(nanos % 1_000_000_000n).padStart(9, '0');
  return `${second}.${fraction}${formatZone(-time.getTimezoneOffset())}`;
}

function formatZone(minutesEast: number): string {
  if (minutesEast === 0) return 'Z';
  const minutes = Math.abs(minutesEast);
  return `${minutesEast < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function three(value: number): string {
  return String(value).padStart(3, '0');
}
