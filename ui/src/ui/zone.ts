// In which zone times are shown: the browser's, or UTC. What prints a time asks here, so that all change at once.

import type { Zone } from '../format/zone';
import { setPreference, usePreferences } from './preferences';

export function useZone(): Zone {
  return usePreferences((preferences) => preferences.zone);
}

export function toggleZone(): void {
  setPreference({ zone: usePreferences.getState().zone === 'utc' ? 'local' : 'utc' });
}
