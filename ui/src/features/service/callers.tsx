import { Link } from '@tanstack/react-router';
import type { ServiceRef } from '../../api/types';
import { ServiceName } from '../../ui/service-name';
import { TermHelp } from '../glossary/term-help';
import type { scopeOf } from '../over-time/over-time-search';
import './callers.css';

interface CallersProps {
  callers: readonly ServiceRef[];
  // The time and the environment that the links keep.
  scope: ReturnType<typeof scopeOf>;
}

// Of a dependency: who saw what its page shows.
export function Callers({ callers, scope }: CallersProps) {
  return (
    <span className="service-page-callers">
      A dependency, called by
      {callers.map((caller) => (
        <Link key={caller.name} to="/services/$service" params={{ service: caller.name }} search={scope}>
          <ServiceName service={caller} />
        </Link>
      ))}
      <TermHelp label="Called by" terms={['dependency', 'called-by']} />
    </span>
  );
}
