// What this browser remembers: theme, sizes, what was ticked. Everything that another person should see from a link is in the URL.

import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Zone } from '../format/zone';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type DetailPlacement = 'bottom' | 'right';

// Ways to look at a trace, in the order of their keys.
export const TRACE_VIEWS = ['waterfall', 'flame', 'list', 'statistics'] as const;
export type TraceView = (typeof TRACE_VIEWS)[number];

export interface Preferences {
  theme: ThemeChoice;
  // Of all times that are shown.
  zone: Zone;
  railExpanded: boolean;
  // WCAG 2.1.4: single keys can be switched off for those who hit them by accident or by voice.
  singleKeyShortcuts: boolean;
  detailPlacement: DetailPlacement;
  // Pixels.
  detailHeight: number;
  detailWidth: number;
  // The one chosen last; null until one was.
  traceView: TraceView | null;
  // Share of the waterfall's width that its tree takes, in percent.
  treeShare: number;
  // By their names; null: the usual ones.
  serviceColumns: readonly string[] | null;
  resourceColumns: readonly string[] | null;
  // By their names.
  demoTasksDone: readonly string[];
}

export const usePreferences = create<Preferences>()(
  persist<Preferences>(
    () => ({
      theme: 'system',
      zone: 'local',
      railExpanded: false,
      singleKeyShortcuts: true,
      detailPlacement: 'bottom',
      detailHeight: 340,
      detailWidth: 560,
      traceView: null,
      treeShare: 42,
      serviceColumns: null,
      resourceColumns: null,
      demoTasksDone: [],
    }),
    { name: 'vizsla.preferences' },
  ),
);

export function setPreference(change: Partial<Preferences>): void {
  usePreferences.setState(change);
}
