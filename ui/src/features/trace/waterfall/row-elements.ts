// Rows as elements of the page: each carries its row in `data-row`.

import type { SyntheticEvent } from 'react';

// The row that an event happened in; null in the header or beside the rows.
export function rowOfEvent(event: SyntheticEvent): number | null {
  const element = (event.target as Element).closest<HTMLElement>('[data-row]');
  return element ? Number(element.dataset.row) : null;
}
