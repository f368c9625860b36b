// Which theme is shown: the chosen one, or the system's. public/theme.js makes the same decision before the first paint.

import { useSyncExternalStore } from 'react';
import { setPreference, type ThemeChoice, usePreferences } from './preferences';

export type Theme = 'light' | 'dark';

const DARK = '(prefers-color-scheme: dark)';
// Listened to and never read: Chromium tells nobody of a change that was read off the list before the next frame.
const system = window.matchMedia(DARK);

function effectiveTheme(choice: ThemeChoice): Theme {
  if (choice !== 'system') return choice;
  return window.matchMedia(DARK).matches ? 'dark' : 'light';
}

function applyTheme(): void {
  document.documentElement.dataset.theme = effectiveTheme(usePreferences.getState().theme);
}

// Follows the preference and the system from now on.
export function startTheme(): void {
  applyTheme();
  usePreferences.subscribe(applyTheme);
  system.addEventListener('change', applyTheme);
}

export function toggleTheme(): void {
  setPreference({ theme: effectiveTheme(usePreferences.getState().theme) === 'dark' ? 'light' : 'dark' });
}

export function useTheme(): Theme {
  const choice = usePreferences((preferences) => preferences.theme);
  return useSyncExternalStore(watchSystem, () => effectiveTheme(choice));
}

function watchSystem(watcher: () => void): () => void {
  system.addEventListener('change', watcher);
  return () => system.removeEventListener('change', watcher);
}
