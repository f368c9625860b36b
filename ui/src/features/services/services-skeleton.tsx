import { columnClass, DataTableHead } from '../table/data-table';
import { serviceColumns } from './service-columns';
import { DEFAULT_SORT } from './services-search';
import './services-skeleton.css';

const ROWS = Array.from({ length: 12 }, (_, i) => i);

// The table's geometry while its first answer is on the way, so that nothing jumps when it comes.
export function ServicesSkeleton({ shown }: { shown: readonly string[] }) {
  const columns = serviceColumns(shown);
  return (
    <div role="status" aria-label="Loading services">
      <table className="data-table service-table services-skeleton" aria-hidden inert>
        <DataTableHead about="" columns={columns} sort={DEFAULT_SORT} onSort={() => undefined} />
        <tbody>
          {ROWS.map((row) => (
            <tr key={row} style={{ opacity: 1 - row / ROWS.length }}>
              {columns.map((column) => (
                <td key={column.name} className={columnClass(column)}>
                  <span />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
