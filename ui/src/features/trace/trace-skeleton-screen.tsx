import type { CSSProperties } from 'react';
import './trace-skeleton-screen.css';

// Shares of the width at which the placeholder's bars begin and end.
const BARS = [
  [0, 0.98],
  [0.04, 0.9],
  [0.06, 0.3],
  [0.32, 0.6],
  [0.34, 0.5],
  [0.62, 0.88],
];

// The screen's geometry while a trace is on its way.
export function TraceSkeletonScreen() {
  return (
    <div className="trace-skeleton" role="status" aria-label="Loading the trace">
      <div className="trace-skeleton-header" />
      <div className="trace-skeleton-strip" />
      {BARS.map(([from, to]) => (
        <div
          key={`${from}`}
          className="trace-skeleton-bar"
          style={{ '--from': from, '--to': to } as CSSProperties}
          aria-hidden
        />
      ))}
    </div>
  );
}
