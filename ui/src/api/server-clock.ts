// What time it is for the server, whose times are the ones on screen: a browser's clock may be wrong by minutes.

let offsetMs = 0;
const watchers = new Set<() => void>();

export function watchServerClock(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

// Milliseconds that the server's clock is ahead of the browser's.
export function serverClockOffset(): number {
  return offsetMs;
}

// `nowNs` was its time at some moment between the two of this browser's. A new measure that the old one agrees with
// changes nothing, so that times don't tremble.
export function noteServerTime(nowNs: string, sentAt: number, receivedAt: number): void {
  const nowMs = Number(nowNs) / 1e6;
  if (!Number.isFinite(nowMs)) return;
  const agrees = nowMs >= sentAt + offsetMs - 1 && nowMs <= receivedAt + offsetMs + 1;
  if (agrees) return;
  offsetMs = Math.round(nowMs - (sentAt + receivedAt) / 2);
  for (const watcher of watchers) watcher();
}

// Milliseconds since 1970.
export function serverNow(): number {
  return Date.now() + offsetMs;
}
