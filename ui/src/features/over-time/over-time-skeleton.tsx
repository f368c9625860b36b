import './over-time-skeleton.css';

const TILES = ['requests', 'errors', 'p50', 'p95', 'p99', 'apdex', 'time'];
const CHARTS = ['requests', 'latency', 'errors', 'distribution'];

// The page's geometry while its first answer is on the way, so that nothing jumps when it comes.
export function OverTimeSkeleton() {
  return (
    <div role="status" aria-label="Loading the figures" className="over-time-blocks">
      <div className="figure-tiles" aria-hidden>
        {TILES.map((name) => (
          <span key={name} className="over-time-skeleton over-time-skeleton-tile" />
        ))}
      </div>
      <div className="over-time-charts" aria-hidden>
        {CHARTS.map((name) => (
          <span key={name} className="over-time-skeleton over-time-skeleton-chart" />
        ))}
      </div>
    </div>
  );
}
