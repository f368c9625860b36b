// What this browser remembers: theme and sizes. Everything that another person should see from a link is in the URL.

import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type DetailPlacement = 'bottom' | 'right';

export interface Preferences {
  theme: ThemeChoice;
  railExpanded: boolean;
  // WCAG 2.1.4: single keys can be switched off for those who hit them by accident or by voice.
  singleKeyShortcuts: boolean;
  detailPlacement: DetailPlacement;
  // Pixels.
  detailHeight: number;
  detailWidth: number;
  // Share of the waterfall's width that its tree takes, in percent.
  treeShare: number;
}

export const usePreferences = create<Preferences>()(
  persist<Preferences>(
    () => ({
      theme: 'system',
      railExpanded: false,
      singleKeyShortcuts: true,
      detailPlacement: 'bottom',
      detailHeight: 340,
      detailWidth: 560,
      treeShare: 42,
    }),
    { name: 'vizsla.preferences' },
  ),
);

export function setPreference(change: Partial<Preferences>): void {
  usePreferences.setState(change);
}
