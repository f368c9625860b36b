import { useSyncExternalStore } from 'react';
import { serverClockOffset, serverNow, watchServerClock } from '../api/server-clock';
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

interface RelativeTimeProps {
  ns: string;
  // Whose clock gave the moment.
  clock?: 'server' | 'browser';
}

// A moment as a distance from now that stays true.
export function RelativeTime({ ns, clock = 'server' }: RelativeTimeProps) {
  const offset = useSyncExternalStore(watchServerClock, serverClockOffset);
  const now = useNow() + (clock === 'server' ? offset : 0);
  const iso = formatIso(ns);
  return (
    <time dateTime={iso} title={iso}>
      {formatRelativeTime(millisOf(ns), now)}
    </time>
  );
}
