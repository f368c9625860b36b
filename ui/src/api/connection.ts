// Whether the server answers at all. Every request reports here; the frame around all pages shows it.

export interface Connection {
  reachable: boolean;
  // When the last answer came, in milliseconds since 1970. 0 before the first.
  lastAnswerAt: number;
}

let connection: Connection = { reachable: true, lastAnswerAt: 0 };
const watchers = new Set<() => void>();

export function watchConnection(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function currentConnection(): Connection {
  return connection;
}

export function noteAnswer(now: number): void {
  const changed = !connection.reachable;
  connection = { reachable: true, lastAnswerAt: now };
  if (changed) tell();
}

export function noteSilence(): void {
  if (!connection.reachable) return;
  connection = { ...connection, reachable: false };
  tell();
}

function tell(): void {
  for (const watcher of watchers) watcher();
}
