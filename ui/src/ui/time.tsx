import { formatRelativeTime } from '../format/relative-time';
import { formatIso, formatTime, millisOf } from '../format/time';
import { useNow } from './use-now';
import { useZone } from './zone';

// A moment as a clock time; nanoseconds and zone in the tooltip.
export function ClockTime({ ns }: { ns: string }) {
  const zone = useZone();
  const iso = formatIso(ns, zone);
  return (
    <time dateTime={iso} title={iso}>
      {formatTime(millisOf(ns), Date.now(), zone)}
    </time>
  );
}

// A moment as a distance from now that stays true.
export function RelativeTime({ ns }: { ns: string }) {
  const now = useNow();
  const zone = useZone();
  const iso = formatIso(ns, zone);
  return (
    <time dateTime={iso} title={iso}>
      {formatRelativeTime(millisOf(ns), now, zone)}
    </time>
  );
}
