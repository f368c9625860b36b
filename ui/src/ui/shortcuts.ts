// Keyboard shortcuts of the screen that is shown, as one list: what the keys do and what `?` prints are the same thing.
//
// Components register theirs while mounted. Keys are `KeyboardEvent.key` values (`n`, `N`, `?`, `Escape`), two of them for
// a sequence (`g t`), `mod+` for Ctrl or Cmd. Nothing fires while somebody types or something lies above the page.

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { usePreferences } from './preferences';

export interface Shortcut {
  keys: string;
  label: string;
  // Left out for keys that an element handles itself while it has the focus; they are listed all the same.
  run?: () => void;
}

export interface ShortcutGroup {
  title: string;
  shortcuts: readonly Shortcut[];
}

const SEQUENCE_MS = 1_000;

let groups: readonly ShortcutGroup[] = [];
const watchers = new Set<() => void>();

function setGroups(next: readonly ShortcutGroup[]): void {
  groups = next;
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function useShortcutGroups(): readonly ShortcutGroup[] {
  return useSyncExternalStore(watch, () => groups);
}

export function useShortcuts(title: string, shortcuts: readonly Shortcut[]): void {
  // Registered once; what a key does may change with every render.
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  const listed = shortcuts.map((shortcut) => `${shortcut.keys}\n${shortcut.label}`).join('\n\n');
  useEffect(() => {
    const group: ShortcutGroup = {
      title,
      get shortcuts() {
        return latest.current;
      },
    };
    if (listed) setGroups([...groups, group]);
    return () => setGroups(groups.filter((other) => other !== group));
  }, [title, listed]);
}

// Dialogs and popovers that are open. Escape closes the topmost of them and means nothing else then.
let layersAbove = 0;

export function useLayerAbovePage(open: boolean): void {
  useEffect(() => {
    if (!open) return;
    layersAbove++;
    return () => {
      layersAbove--;
    };
  }, [open]);
}

// Listens until the returned function is called.
export function startShortcuts(target: Window = window): () => void {
  let first = '';
  let firstAt = 0;

  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const withModifier = event.ctrlKey || event.metaKey;
    if (!withModifier && (isTyping(event.target) || !usePreferences.getState().singleKeyShortcuts)) return;
    if (layersAbove > 0) return;
    const key = withModifier ? `mod+${event.key.toLowerCase()}` : event.key;
    const sequence = event.timeStamp - firstAt < SEQUENCE_MS ? `${first} ${key}` : '';
    const shortcut = find(sequence) ?? find(key);
    if (shortcut?.run) {
      event.preventDefault();
      shortcut.run();
    }
    first = shortcut ? '' : key;
    firstAt = event.timeStamp;
  }

  target.addEventListener('keydown', onKeyDown);
  return () => target.removeEventListener('keydown', onKeyDown);
}

// The group that was registered last wins: it belongs to the innermost part of the screen.
function find(keys: string): Shortcut | undefined {
  if (!keys) return undefined;
  for (const group of groups.toReversed()) {
    const shortcut = group.shortcuts.find((each) => each.keys === keys && each.run);
    if (shortcut) return shortcut;
  }
  return undefined;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable="true"]');
}
