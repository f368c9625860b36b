// The keys of the tree. What has no function here is handled by the row that has the focus.

import { useShortcuts } from '../../../ui/shortcuts';
import { useSession } from '../trace-session';

export function useTreeShortcuts(): void {
  const { rows } = useSession();
  useShortcuts('Tree', [
    { keys: 'ArrowRight', label: 'Expand, then first child' },
    { keys: 'ArrowLeft', label: 'Collapse, then parent' },
    { keys: 'Enter', label: 'Open the detail' },
    { keys: 'Shift+F10', label: 'What can be done with the span' },
    { keys: ']', label: 'One level more', run: () => rows.expandToLevel(rows.shownLevel() + 1) },
    { keys: '[', label: 'One level less', run: () => rows.expandToLevel(Math.max(0, rows.shownLevel() - 1)) },
    { keys: '}', label: 'Expand all', run: () => rows.expandAll() },
    { keys: '{', label: 'Collapse all', run: () => rows.collapseAll() },
  ]);
}
