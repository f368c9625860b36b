// A table of things that each have a page: sortable, its heads explained, and as long as it takes.

import { ArrowDown, ArrowUp } from 'lucide-react';
import { type MouseEvent, memo, type ReactNode, useRef } from 'react';
import type { ShownTerm } from '../glossary/glossary';
import { TermHelp } from '../glossary/term-help';
import type { ColumnName } from './column-choice';
import type { TableSort } from './table-sort';
import { useRowWindow } from './use-row-window';
import './data-table.css';

export const ROW_HEIGHT = 36;

export interface TableColumn<Row, Key extends string, Facts> extends ColumnName {
  // What the glossary says of it, and what only this column has to say.
  terms: readonly ShownTerm[];
  note?: string;
  numeric?: boolean;
  // In px, as its style has it at most. For tables that are as wide as their columns.
  width?: number;
  // Columns that can't be sorted have none.
  sort?: Key;
  // What the first click on it means.
  descendingFirst?: boolean;
  // `facts` is what cells need to know beside their row.
  cell: (row: Row, facts: Facts) => ReactNode;
  // In the first column: what stands beside the link.
  beside?: (row: Row, facts: Facts) => ReactNode;
}

interface DataTableProps<Row, Key extends string, Facts> {
  // Its own style.
  className: string;
  // What the table is, for those who can't see where it stands.
  caption: string;
  // What all its numbers are of, and how true they are.
  about: string;
  // The first one heads the rows.
  columns: readonly TableColumn<Row, Key, Facts>[];
  rows: readonly Row[];
  facts: Facts;
  keyOf: (row: Row) => string;
  sort: TableSort<Key>;
  // Null: the default again.
  onSort: (sort: TableSort<Key> | null) => void;
  // The address of a row's page; rows without one are no links.
  hrefOf: (row: Row) => string | null;
  // Goes there without loading it all anew.
  onOpen: (row: Row) => void;
  // What scrolls around it.
  scroller: string;
  // The columns are somebody's choice: none is left out where there is little room.
  chosen?: boolean;
}

// What the first column needs, and most others.
const NAME_WIDTH = 280;
const COLUMN_WIDTH = 120;

export function DataTable<Row, Key extends string, Facts>({
  className,
  caption,
  about,
  columns,
  rows,
  facts,
  keyOf,
  sort,
  onSort,
  hrefOf,
  onOpen,
  scroller,
  chosen = false,
}: DataTableProps<Row, Key, Facts>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useRowWindow(body, scroller, rows.length, ROW_HEIGHT);

  // The whole row can be clicked; what the keyboard and a new tab take is the link in it. It is a plain one: each link of the
  // router would watch every change of the address, in every row.
  function onClick(event: MouseEvent) {
    const target = (event.target as Element).closest<HTMLElement>('[data-row]');
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const selecting = window.getSelection()?.isCollapsed === false;
    const row = rows.find((each) => keyOf(each) === target?.dataset.row);
    if (!row || elsewhere || selecting || hrefOf(row) === null) return;
    event.preventDefault();
    onOpen(row);
  }

  return (
    <table
      className={`data-table ${className} ${chosen ? 'data-table-chosen' : ''}`}
      style={chosen ? { minWidth: widthOf(columns) } : undefined}
      aria-rowcount={rows.length + 1}
    >
      <caption className="visually-hidden">{caption}</caption>
      <DataTableHead about={about} columns={columns} sort={sort} onSort={onSort} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <tbody ref={body} onClick={onClick}>
        <Spacer rows={first} />
        {rows.slice(first, end).map((row, i) => (
          <DataTableRow
            key={keyOf(row)}
            row={row}
            name={keyOf(row)}
            place={first + i}
            columns={columns as readonly TableColumn<unknown, string, unknown>[]}
            facts={facts}
            href={hrefOf(row)}
          />
        ))}
        <Spacer rows={rows.length - end} />
      </tbody>
    </table>
  );
}

// All of them, none narrower than it should be.
function widthOf([_, ...others]: readonly { width?: number }[]): number {
  return others.reduce((sum, { width = COLUMN_WIDTH }) => sum + width, NAME_WIDTH);
}

interface HeadProps<Row, Key extends string, Facts> {
  about: string;
  columns: readonly TableColumn<Row, Key, Facts>[];
  sort: TableSort<Key>;
  onSort: (sort: TableSort<Key> | null) => void;
}

export function DataTableHead<Row, Key extends string, Facts>({
  about,
  columns,
  sort,
  onSort,
}: HeadProps<Row, Key, Facts>) {
  return (
    <thead>
      <tr>
        {columns.map(({ name, label, terms, note, numeric, sort: sortKey, descendingFirst = false }) => {
          const sorted = sortKey !== undefined && sort.key === sortKey;
          const Arrow = sort.descending ? ArrowDown : ArrowUp;
          // The useful direction first, then the other, then the default again.
          const onClick = () => {
            if (sortKey === undefined) return;
            if (!sorted) onSort({ key: sortKey, descending: descendingFirst });
            else if (sort.descending === descendingFirst) onSort({ key: sortKey, descending: !descendingFirst });
            else onSort(null);
          };
          return (
            <th
              key={name}
              scope="col"
              className={columnClass({ name, numeric })}
              // Not what its help is called as well, whenever a cell's head is read out.
              aria-label={label}
              aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
            >
              <span className="table-head">
                {sortKey === undefined ? (
                  label
                ) : (
                  <button type="button" className="table-sort" onClick={onClick}>
                    {label}
                    {sorted && <Arrow size={12} aria-hidden />}
                  </button>
                )}
                <TermHelp label={label} terms={terms} note={note}>
                  {numeric && about && <p>{about}</p>}
                </TermHelp>
              </span>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

interface RowProps {
  row: unknown;
  name: string;
  place: number;
  columns: readonly TableColumn<unknown, string, unknown>[];
  facts: unknown;
  href: string | null;
}

const DataTableRow = memo(function DataTableRow({ row, name, place, columns, facts, href }: RowProps) {
  const [head, ...others] = columns;
  return (
    <tr data-row={name} data-link={href !== null || undefined} aria-rowindex={place + 2}>
      <th scope="row" className={columnClass(head)}>
        <span className="table-name">
          {href === null ? (
            head.cell(row, facts)
          ) : (
            <a href={href} className="table-link" draggable={false}>
              {head.cell(row, facts)}
            </a>
          )}
          {head.beside?.(row, facts)}
        </span>
      </th>
      {others.map((column) => (
        <td key={column.name} className={columnClass(column)}>
          {column.cell(row, facts)}
        </td>
      ))}
    </tr>
  );
});

export function columnClass({ name, numeric }: { name: string; numeric?: boolean | undefined }): string {
  return numeric ? `table-col-${name} table-numeric` : `table-col-${name}`;
}

// Holds the place of rows that don't exist.
function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td className="table-spacer" style={{ height: rows * ROW_HEIGHT }} />
    </tr>
  );
}

// The row to go on to: from the focused one, else from the first that can be seen. Rows are those of tables, and of what
// else is marked so.
export function linkAfter(content: HTMLElement | null, step: 1 | -1): HTMLElement | undefined {
  const links = Array.from(content?.querySelectorAll<HTMLElement>('.table-link, [data-row-link]') ?? []);
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at >= 0) return links[Math.min(links.length - 1, Math.max(0, at + step))];
  const top = content?.getBoundingClientRect().top ?? 0;
  return links.find((link) => link.getBoundingClientRect().top >= top) ?? links[0];
}

export function moveFocus(content: HTMLElement | null, step: 1 | -1): void {
  const link = linkAfter(content, step);
  link?.focus({ preventScroll: true });
  link?.scrollIntoView({ block: 'nearest' });
}
