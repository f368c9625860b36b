import './rows-skeleton.css';

const ROWS = Array.from({ length: 8 }, (_, i) => i);

// Rows of a list within a page, while its answer is on the way.
export function RowsSkeleton({ what }: { what: string }) {
  return (
    <div role="status" aria-label={`Loading ${what}`} className="rows-skeleton">
      {ROWS.map((row) => (
        <span key={row} style={{ opacity: 1 - row / ROWS.length }} aria-hidden />
      ))}
    </div>
  );
}
