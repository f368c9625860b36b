// By which column a table is sorted, and how an address says so: the column's name, with a minus before it when the
// largest come first.

export interface TableSort<Key extends string> {
  key: Key;
  descending: boolean;
}

export function parseSort<Key extends string>(text: string, keys: readonly Key[]): TableSort<Key> | null {
  const [, minus, name] = /^(-?)([a-z0-9]+)$/.exec(text) ?? [];
  const key = keys.find((each) => each === name);
  return key === undefined ? null : { key, descending: minus === '-' };
}

export function formatSort({ key, descending }: TableSort<string>): string {
  return (descending ? '-' : '') + key;
}

// Rows of which `figure` knows nothing come last in either direction; of equal ones those with most of `weight` come first,
// then it is by `text`.
export function sortedRows<Row>(
  rows: readonly Row[],
  descending: boolean,
  figure: ((row: Row) => number | null) | null,
  text: (row: Row) => string,
  weight: (row: Row) => number,
): Row[] {
  const direction = descending ? -1 : 1;
  const byText = (a: Row, b: Row) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
  if (!figure) return rows.toSorted((a, b) => direction * byText(a, b));
  return rows.toSorted((a, b) => {
    const [x, y] = [figure(a), figure(b)];
    const ties = () => weight(b) - weight(a) || byText(a, b);
    if (x === null || y === null) return Number(x === null) - Number(y === null) || ties();
    return direction * (x - y) || ties();
  });
}
