import { Link } from '@tanstack/react-router';
import type { Explained } from './explain';
import './explanation.css';

// Below what a figure's name means: how true it is, what it is of, and the way to its spans.
export function Explanation({ accuracy, population, spans }: Explained) {
  return (
    <div className="explanation">
      <p>{accuracy}</p>
      <p>
        <bdi>{population}</bdi>
      </p>
      {spans && (
        <Link to="/spans" search={spans.search}>
          {spans.label}
        </Link>
      )}
    </div>
  );
}
