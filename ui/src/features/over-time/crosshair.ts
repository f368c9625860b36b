// The point that a page's charts have in common while the pointer is over one of them. Legends follow it, nothing else does.

import { useSyncExternalStore } from 'react';

export class Crosshair {
  #place: number | null = null;
  readonly #watchers = new Set<() => void>();

  readonly set = (place: number | null): void => {
    if (place === this.#place) return;
    this.#place = place;
    for (const watcher of this.#watchers) watcher();
  };
  readonly get = (): number | null => this.#place;
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };
}

export function useCrosshair(crosshair: Crosshair): number | null {
  return useSyncExternalStore(crosshair.watch, crosshair.get);
}
