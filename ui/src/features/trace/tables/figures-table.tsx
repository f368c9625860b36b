// A table of figures: a row brings out its spans in every view, and lets go of them when it is clicked again.

import { ArrowDown, ArrowUp } from 'lucide-react';
import { type CSSProperties, type MouseEvent, type ReactNode, useRef } from 'react';
import { useShortcuts } from '../../../ui/shortcuts';
import type { SpanFigures } from '../../../viz/span-statistics';
import { useRowWindow } from '../../table/use-row-window';
import type { FiguresColumn } from './figures-columns';
import { type FiguresSort, NAME_COLUMN } from './figures-order';
import './figures-table.css';

const ROW_HEIGHT = 28;

export interface FiguresRow {
  figures: SpanFigures;
  name: ReactNode;
  // Above rows that belong to it.
  isGroup: boolean;
  // The dimensions in which its spans are alike, as the URL has them.
  by: string;
  picked: boolean;
}

interface FiguresTableProps {
  caption: string;
  nameLabel: string;
  columns: readonly FiguresColumn[];
  rows: readonly FiguresRow[];
  // Of everything in the table together.
  all: SpanFigures;
  sort: FiguresSort;
  onSort: (column: string) => void;
  onPick: (row: FiguresRow) => void;
  // Cells are tinted by how large they are in their column.
  heat?: boolean;
}

export function FiguresTable(props: FiguresTableProps) {
  const { caption, columns, rows, all, onPick, heat = false } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useRowWindow(body, '.figures', rows.length, ROW_HEIGHT);
  const largest = heat
    ? columns.map(({ value }) => rows.reduce((max, row) => Math.max(max, value(row.figures)), 0))
    : [];

  // The whole row can be clicked; what the keyboard takes is the button in it.
  function onClick(event: MouseEvent) {
    const row = (event.target as Element).closest<HTMLElement>('[data-place]');
    if (row && window.getSelection()?.isCollapsed !== false) onPick(rows[Number(row.dataset.place)]);
  }

  function step(direction: 1 | -1) {
    const buttons = Array.from(body.current?.querySelectorAll<HTMLElement>('.figures-name') ?? []);
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    buttons[Math.min(buttons.length - 1, Math.max(0, at + (at < 0 ? 1 : direction)))]?.focus();
  }

  useShortcuts('Table', [
    { keys: 'j', label: 'Next row', run: () => step(1) },
    { keys: 'k', label: 'Previous row', run: () => step(-1) },
    { keys: 'Enter', label: 'Bring out the row’s spans in all views' },
  ]);

  return (
    <table className="figures-table" aria-rowcount={rows.length + 1}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <Head {...props} name={NAME_COLUMN} label={props.nameLabel} />
          {columns.map((column) => (
            <Head key={column.name} {...props} name={column.name} label={column.label} meaning={column.meaning} />
          ))}
        </tr>
      </thead>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <tbody ref={body} onClick={onClick}>
        <Spacer rows={first} />
        {rows.slice(first, end).map((row, i) => (
          <tr
            key={`${row.isGroup}${row.figures.sample}`}
            data-place={first + i}
            data-group={row.isGroup}
            data-picked={row.picked}
            aria-rowindex={first + i + 2}
          >
            <th scope="row">
              <button type="button" className="figures-name" aria-pressed={row.picked}>
                {row.name}
              </button>
            </th>
            {columns.map((column, place) => {
              const value = column.value(row.figures);
              const share = heat && largest[place] > 0 ? value / largest[place] : 0;
              const failing = column.name === 'errors' && value > 0;
              return (
                <td
                  key={column.name}
                  className={failing ? 'figures-failing' : undefined}
                  style={heat && !failing ? ({ '--heat': share } as CSSProperties) : undefined}
                >
                  {column.text(value, all)}
                </td>
              );
            })}
          </tr>
        ))}
        <Spacer rows={rows.length - end} />
      </tbody>
    </table>
  );
}

interface HeadProps extends Pick<FiguresTableProps, 'sort' | 'onSort'> {
  name: string;
  label: string;
  meaning?: string;
}

function Head({ name, label, meaning, sort, onSort }: HeadProps) {
  const sorted = sort.key === name;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      className={name === NAME_COLUMN ? undefined : 'figures-number'}
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" className="figures-sort" title={meaning} onClick={() => onSort(name)}>
        {sorted && <Arrow size={12} aria-hidden />}
        {label}
      </button>
    </th>
  );
}

// Holds the place of rows that don't exist.
function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td className="figures-spacer" style={{ height: rows * ROW_HEIGHT }} />
    </tr>
  );
}
