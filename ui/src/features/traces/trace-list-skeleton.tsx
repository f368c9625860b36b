import { COLUMNS, TraceListHeader } from './trace-list';

const ROWS = Array.from({ length: 12 }, (_, i) => i);

// The list's geometry while its first answer is on the way, so that nothing jumps when it comes.
export function TraceListSkeleton() {
  return (
    <div role="status" aria-label="Loading traces">
      <TraceListHeader />
      {ROWS.map((row) => (
        <div key={row} className="trace-list-skeleton-row" style={{ opacity: 1 - row / ROWS.length }} aria-hidden>
          {COLUMNS.map((column) => (
            <span key={column} />
          ))}
        </div>
      ))}
    </div>
  );
}
