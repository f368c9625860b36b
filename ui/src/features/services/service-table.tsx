import { ArrowDown, ArrowUp } from 'lucide-react';
import { type MouseEvent, memo, useRef } from 'react';
import type { ServiceRow as Row } from '../../api/types';
import { ServiceName } from '../../ui/service-name';
import type { ShownTerm } from '../glossary/glossary';
import { TermHelp } from '../glossary/term-help';
import { KindIcon } from './kind-icon';
import { NAME_TERMS, type ServiceColumn, type TableFacts } from './service-columns';
import { kindOf, kindWord, languageName } from './service-kind';
import type { ServiceSort, SortKey } from './services-search';
import { useRowWindow } from './use-row-window';
import './service-table.css';

export const ROW_HEIGHT = 36;

interface ServiceTableProps {
  // What the table is, for those who can't see where it stands.
  caption: string;
  // Of the first column.
  noun: keyof typeof NAME_TERMS;
  columns: readonly ServiceColumn[];
  rows: readonly Row[];
  facts: TableFacts;
  sort: ServiceSort;
  // Null: the default again.
  onSort: (sort: ServiceSort | null) => void;
  // The selected service's name.
  selected: string | undefined;
  onSelect: (name: string) => void;
  // The address of the list with a service selected.
  hrefOf: (name: string) => string;
}

export function ServiceTable({
  caption,
  noun,
  columns,
  rows,
  facts,
  sort,
  onSort,
  selected,
  onSelect,
  hrefOf,
}: ServiceTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useRowWindow(body, '.services-page-content', rows.length, ROW_HEIGHT);

  // The whole row can be clicked; what the keyboard and a new tab take is the link in it. It is a plain one: each link of the
  // router would watch every change of the address, in every row.
  function onClick(event: MouseEvent) {
    const row = (event.target as Element).closest<HTMLElement>('[data-service]');
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const selecting = window.getSelection()?.isCollapsed === false;
    if (!row?.dataset.service || elsewhere || selecting) return;
    event.preventDefault();
    onSelect(row.dataset.service);
  }

  return (
    <table className="service-table" aria-rowcount={rows.length + 1}>
      <caption className="visually-hidden">{caption}</caption>
      <ServiceTableHead noun={noun} columns={columns} sort={sort} onSort={onSort} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <tbody ref={body} onClick={onClick}>
        <Spacer rows={first} />
        {rows.slice(first, end).map((row, i) => (
          <ServiceTableRow
            key={row.name}
            row={row}
            place={first + i}
            columns={columns}
            facts={facts}
            href={hrefOf(row.name)}
            selected={row.name === selected}
          />
        ))}
        <Spacer rows={rows.length - end} />
      </tbody>
    </table>
  );
}

interface HeadProps {
  noun: keyof typeof NAME_TERMS;
  columns: readonly ServiceColumn[];
  sort: ServiceSort;
  onSort: (sort: ServiceSort | null) => void;
}

export function ServiceTableHead({ noun, columns, sort, onSort }: HeadProps) {
  return (
    <thead>
      <tr>
        <SortableHeader name="name" label={noun} terms={NAME_TERMS[noun]} sortKey="name" sort={sort} onSort={onSort} />
        {columns.map((column) => (
          <SortableHeader
            key={column.name}
            name={column.name}
            label={column.label}
            terms={column.terms}
            note={column.note}
            sortKey={column.sort}
            descendingFirst={column.descendingFirst}
            sort={sort}
            onSort={onSort}
          />
        ))}
      </tr>
    </thead>
  );
}

interface SortableHeaderProps {
  name: string;
  label: string;
  terms: readonly ShownTerm[];
  note?: string | undefined;
  sortKey: SortKey | undefined;
  descendingFirst?: boolean | undefined;
  sort: ServiceSort;
  onSort: (sort: ServiceSort | null) => void;
}

function SortableHeader({
  name,
  label,
  terms,
  note,
  sortKey,
  descendingFirst = false,
  sort,
  onSort,
}: SortableHeaderProps) {
  const className = `service-col-${name}`;
  if (sortKey === undefined) {
    return (
      <th scope="col" className={className} aria-label={label}>
        <span className="service-head">
          {label}
          <TermHelp label={label} terms={terms} note={note} />
        </span>
      </th>
    );
  }
  const sorted = sort.key === sortKey;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;

  // The useful direction first, then the other, then the default again.
  function onClick() {
    if (sortKey === undefined) return;
    if (!sorted) onSort({ key: sortKey, descending: descendingFirst });
    else if (sort.descending === descendingFirst) onSort({ key: sortKey, descending: !descendingFirst });
    else onSort(null);
  }

  return (
    <th
      scope="col"
      className={className}
      // Not what its help is called as well, whenever a cell's head is read out.
      aria-label={label}
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
    >
      <span className="service-head">
        <button type="button" className="service-sort" onClick={onClick}>
          {label}
          {sorted && <Arrow size={12} aria-hidden />}
        </button>
        <TermHelp label={label} terms={terms} note={note} />
      </span>
    </th>
  );
}

interface ServiceTableRowProps {
  row: Row;
  place: number;
  columns: readonly ServiceColumn[];
  facts: TableFacts;
  href: string;
  selected: boolean;
}

const ServiceTableRow = memo(function ServiceTableRow({
  row,
  place,
  columns,
  facts,
  href,
  selected,
}: ServiceTableRowProps) {
  const kind = kindOf(row);
  return (
    <tr data-service={row.name} aria-rowindex={place + 2} aria-current={selected || undefined}>
      <th scope="row">
        <span className="service-cell-name">
          <a href={href} className="service-link" draggable={false}>
            <ServiceName service={row} />
          </a>
          {row.overflow && <span className="service-overflow">all beyond the limit of services</span>}
          <span className="service-kind" title={row.type ? `Spans of type ${row.type}` : 'Spans without a type'}>
            <KindIcon kind={kind} />
            {kindWord(kind)}
          </span>
          {/* What a tracer says of a dependency's spans is the caller's language. */}
          {row.language && !row.is_dependency && <span className="service-language">{languageName(row.language)}</span>}
        </span>
      </th>
      {columns.map((column) => (
        <td key={column.name} className={`service-col-${column.name}`}>
          {column.cell(row, facts)}
        </td>
      ))}
    </tr>
  );
});

// Holds the place of rows that don't exist.
function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td className="service-spacer" style={{ height: rows * ROW_HEIGHT }} />
    </tr>
  );
}
