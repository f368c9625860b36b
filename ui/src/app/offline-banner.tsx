import { CloudOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { currentConnection, watchConnection } from '../api/connection';
import { formatTime } from '../format/time';
import { useZone } from '../ui/zone';

export function OfflineBanner() {
  const { reachable, lastAnswerAt } = useSyncExternalStore(watchConnection, currentConnection);
  const zone = useZone();
  if (reachable) return null;
  return (
    <div className="notice" role="alert">
      <CloudOff size={16} aria-hidden />
      <p>
        The server can’t be reached.{' '}
        {lastAnswerAt > 0 &&
          `What you see is from ${formatTime(lastAnswerAt, Date.now(), zone).slice(0, -4)} or earlier. `}
        Trying again every two seconds.
      </p>
    </div>
  );
}
