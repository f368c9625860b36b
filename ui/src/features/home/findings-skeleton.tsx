import './finding-cards.css';
import './findings-skeleton.css';

const CARDS = ['Highest error rates', 'Latency that changed', 'Traffic that changed'];
const ROWS = [1, 2, 3, 4, 5];

// The cards' geometry while the first answers are on the way.
export function FindingsSkeleton() {
  return (
    <div role="status" aria-label="Loading what needs a look">
      <div className="finding-cards findings-skeleton" aria-hidden>
        {CARDS.map((title) => (
          <div key={title} className="finding-card">
            <h3>{title}</h3>
            {ROWS.map((row) => (
              <span key={row} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
