import { Link } from '@tanstack/react-router';
import type { Term } from './parse-glossary';
import { Runs } from './runs';

// A term and what it means, for a list of descriptions. The name is a link to its entry.
export function TermEntry({ term, linkTitle }: { term: Term; linkTitle: string }) {
  return (
    <>
      <dt>
        <Link to="/glossary" hash={term.id} title={linkTitle}>
          <Runs runs={term.name} />
        </Link>
      </dt>
      <dd>
        <Runs runs={term.meaning} />
      </dd>
    </>
  );
}
