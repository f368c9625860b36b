import { onServerClock, serverNow } from '../api/server-clock';
import { formatRelativeTime } from '../format/relative-time';
import { formatIso, formatTime, millisOf } from '../format/time';
import { useNow } from './use-now';

// A moment as a clock time; nanoseconds and zone in the tooltip.
export function ClockTime({ ns }: { ns: string }) {
  const iso = formatIso(ns);
  return (
    <time dateTime={iso} title={iso}>
      {formatTime(millisOf(ns), serverNow())}
    </time>
  );
}

// A moment as a distance from now that stays true.
export function RelativeTime({ ns }: { ns: string }) {
  const now = onServerClock(useNow());
  const iso = formatIso(ns);
  return (
    <time dateTime={iso} title={iso}>
      {formatRelativeTime(millisOf(ns), now)}
    </time>
  );
}
