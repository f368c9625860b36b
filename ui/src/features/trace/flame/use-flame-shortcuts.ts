// What `?` lists for the flame graph. Its region handles these keys itself, while it has the focus.

import { useShortcuts } from '../../../ui/shortcuts';

export function useFlameShortcuts(): void {
  useShortcuts('Flame graph', [
    { keys: 'ArrowUp', label: 'Parent' },
    { keys: 'ArrowDown', label: 'First child' },
    { keys: 'ArrowLeft', label: 'Previous sibling' },
    { keys: 'ArrowRight', label: 'Next sibling' },
    { keys: 'Enter', label: 'Open the detail' },
    { keys: 'Shift+F10', label: 'What can be done with the span' },
  ]);
}
