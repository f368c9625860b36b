import { serverNow } from '../api/server-clock';
import { formatRelativeTime } from '../format/relative-time';
import { formatIso, formatTime, millisOf } from '../format/time';
import { useNow, useServerNow } from './use-now';
import { useZone } from './zone';

// A moment as a clock time; nanoseconds and zone in the tooltip.
export function ClockTime({ ns }: { ns: string }) {
  const zone = useZone();
  const iso = formatIso(ns, zone);
  return (
    <time dateTime={iso} title={iso}>
      {formatTime(millisOf(ns), serverNow(), zone)}
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
  const byClock = { server: useServerNow(), browser: useNow() };
  const zone = useZone();
  const iso = formatIso(ns, zone);
  return (
    <time dateTime={iso} title={iso}>
      {formatRelativeTime(millisOf(ns), byClock[clock], zone)}
    </time>
  );
}
