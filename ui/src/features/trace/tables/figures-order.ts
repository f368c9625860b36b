// In which order a table of figures is.

import type { SpanFigures } from '../../../viz/span-statistics';
import { formatSort, parseSort, type TableSort } from '../../table/table-sort';
import type { FiguresColumn } from './figures-columns';

export const NAME_COLUMN = 'name';

export type FiguresSort = TableSort<string>;

// The default when the table has no such column.
export function sortOf(text: string | undefined, columns: readonly FiguresColumn[], otherwise: FiguresSort) {
  return parseSort(text ?? '', [NAME_COLUMN, ...columns.map((column) => column.name)]) ?? otherwise;
}

// First the useful direction, then the other, then the default again, which is null.
export function sortAfterClick(column: string, sort: FiguresSort, otherwise: FiguresSort): FiguresSort | null {
  const useful = column !== NAME_COLUMN;
  const next =
    sort.key === column ? { key: column, descending: !sort.descending } : { key: column, descending: useful };
  if (sort.key === column && sort.descending !== useful) return null;
  return formatSort(next) === formatSort(otherwise) ? null : next;
}

// Equal ones stay in the order of their first spans.
export function sortFigures(
  rows: readonly SpanFigures[],
  { key, descending }: FiguresSort,
  columns: readonly FiguresColumn[],
  nameOf: (figures: SpanFigures) => string,
): SpanFigures[] {
  const direction = descending ? -1 : 1;
  const known = columns.find((each) => each.name === key);
  if (known) return rows.toSorted((a, b) => direction * (known.value(a) - known.value(b)));
  const names = new Map(rows.map((row) => [row, nameOf(row)]));
  const of = (row: SpanFigures) => names.get(row) ?? '';
  return rows.toSorted((a, b) => direction * (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));
}
