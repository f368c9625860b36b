import type { ServiceRow } from '../../api/types';
import { Button } from '../../ui/button';
import { KindIcon } from './kind-icon';
import { kindWord, type ServiceKind } from './service-kind';
import { countKinds } from './service-order';
import './type-facet.css';

interface TypeFacetProps {
  rows: readonly ServiceRow[];
  chosen: ServiceKind | undefined;
  onChange: (kind: ServiceKind | undefined) => void;
}

// Only services of one type; a click on the chosen one shows all again. It stays even when nothing is of it.
export function TypeFacet({ rows, chosen, onChange }: TypeFacetProps) {
  const counts = countKinds(rows);
  if (chosen && !counts.some(([kind]) => kind === chosen)) counts.push([chosen, 0]);
  if (counts.length < 2 && !chosen) return null;
  return (
    <fieldset className="type-facet">
      <legend className="visually-hidden">Type</legend>
      {counts.map(([kind, count]) => (
        <Button
          key={kind}
          icon={<KindIcon kind={kind} />}
          aria-pressed={kind === chosen}
          onClick={() => onChange(kind === chosen ? undefined : kind)}
        >
          {kindWord(kind)}
          <span className="type-facet-count">{count}</span>
        </Button>
      ))}
    </fieldset>
  );
}
