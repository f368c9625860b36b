// Where a key leads from a row, by the pattern for tree grids: arrows walk, right opens, left closes.

import type { TreeRows } from '../../../viz/tree-rows';

// The row to move to, the same row when the key only opened or closed it, null for keys that mean nothing here.
export function rowAfterKey(key: string, tree: TreeRows, place: number, pageRows: number): number | null {
  const { rows } = tree;
  const row = rows[place];
  const at = (wanted: number) => rows[Math.min(rows.length - 1, Math.max(0, wanted))];
  switch (key) {
    case 'ArrowDown':
      return at(place + 1);
    case 'ArrowUp':
      return at(place - 1);
    case 'PageDown':
      return at(place + pageRows);
    case 'PageUp':
      return at(place - pageRows);
    case 'Home':
      return at(0);
    case 'End':
      return at(rows.length - 1);
    case 'ArrowRight':
      if (tree.isExpanded(row)) return at(place + 1);
      tree.setExpanded(row, true);
      return row;
    case 'ArrowLeft':
      if (tree.isExpanded(row)) {
        tree.setExpanded(row, false);
        return row;
      }
      return tree.parentRowOf(row) ?? row;
    default:
      return null;
  }
}
