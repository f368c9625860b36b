// What time it is for the server, whose times are the ones on screen: a browser's clock may be wrong by minutes.

let offsetMs = 0;

// `nowNs` was its time at some moment between the two of this browser's. A new measure that the old one agrees with
// changes nothing, so that times don't tremble.
export function noteServerTime(nowNs: string, sentAt: number, receivedAt: number): void {
  const nowMs = Number(nowNs) / 1e6;
  if (!Number.isFinite(nowMs)) return;
  const agrees = nowMs >= sentAt + offsetMs - 1 && nowMs <= receivedAt + offsetMs + 1;
  if (!agrees) offsetMs = Math.round(nowMs - (sentAt + receivedAt) / 2);
}

// Milliseconds since 1970 on the server's clock, of a moment on the browser's.
export function onServerClock(browserMillis: number): number {
  return browserMillis + offsetMs;
}

export function serverNow(): number {
  return onServerClock(Date.now());
}
