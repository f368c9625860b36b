// What several tags tell in other words, each by Datadog's names and by OpenTelemetry's, older and newer.

import type { SpanDetail } from '../../../api/types';
import './tag-facts.css';

// What it is called, and the tags or numbers that may hold it, the first of which is taken.
export type KnownFact = readonly [name: string, keys: readonly string[]];

// Empty when there is none of them.
export function tagOf({ meta, metrics }: SpanDetail, keys: readonly string[]): string {
  const key = keys.find((each) => meta[each] || typeof metrics?.[each] === 'number') ?? '';
  return meta[key] || String(metrics?.[key] ?? '');
}

export function TagFacts({ detail, facts }: { detail: SpanDetail; facts: readonly KnownFact[] }) {
  const known = facts.map(([name, keys]) => ({ name, value: tagOf(detail, keys) })).filter((fact) => fact.value);
  if (known.length === 0) return null;
  return (
    <dl className="tag-facts">
      {known.map((fact) => (
        <div key={fact.name}>
          <dt>{fact.name}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
