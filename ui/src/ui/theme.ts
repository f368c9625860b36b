// Which theme is shown: the chosen one, or the system's. public/theme.js makes the same decision before the first paint.

import { useSyncExternalStore } from 'react';
import { setPreference, type ThemeChoice, usePreferences } from './preferences';

export type Theme = 'light' | 'dark';

const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');

function effectiveTheme(choice: ThemeChoice): Theme {
  if (choice !== 'system') return choice;
  return systemIsDark.matches ? 'dark' : 'light';
}

function applyTheme(): void {
  document.documentElement.dataset.theme = effectiveTheme(usePreferences.getState().theme);
}

// Follows the preference and the system from now on.
export function startTheme(): void {
  applyTheme();
  usePreferences.subscribe(applyTheme);
  systemIsDark.addEventListener('change', applyTheme);
}

export function toggleTheme(): void {
  setPreference({ theme: effectiveTheme(usePreferences.getState().theme) === 'dark' ? 'light' : 'dark' });
}

export function useTheme(): Theme {
  const choice = usePreferences((preferences) => preferences.theme);
  return useSyncExternalStore(watchSystem, () => effectiveTheme(choice));
}

function watchSystem(watcher: () => void): () => void {
  systemIsDark.addEventListener('change', watcher);
  return () => systemIsDark.removeEventListener('change', watcher);
}
