// The current time for texts like "12s ago": one timer for all of them, asleep while the page is hidden.

import { useSyncExternalStore } from 'react';
import { serverClockOffset, watchServerClock } from '../api/server-clock';

const STEP_MS = 1_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function tick(): void {
  if (document.hidden) return;
  now = Date.now();
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  if (watchers.size === 0) {
    now = Date.now();
    timer = setInterval(tick, STEP_MS);
    document.addEventListener('visibilitychange', tick);
  }
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
  };
}

// Milliseconds since 1970, new every second.
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

// The same by the server's clock, which the times of all data are by.
export function useServerNow(): number {
  return useNow() + useSyncExternalStore(watchServerClock, serverClockOffset);
}
