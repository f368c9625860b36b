// Which services are listed, and in which order.

import type { ServiceRow } from '../../api/types';
import { FIGURE_VALUES } from '../table/figure-values';
import { sortedRows } from '../table/table-sort';
import { kindOf, kindWord, languageName, type ServiceKind } from './service-kind';
import type { ServiceSort, SortKey } from './services-search';

type TextKey = 'name' | 'type' | 'language' | 'operation';

const TEXTS: Record<TextKey, (row: ServiceRow) => string> = {
  name: ({ name }) => name,
  type: (row) => `${kindWord(kindOf(row))} ${row.name}`,
  language: (row) => `${languageName(row.language)} ${row.name}`,
  operation: (row) => `${row.operation} ${row.name}`,
};

const VALUES: Record<Exclude<SortKey, TextKey>, (row: ServiceRow) => number | null> = {
  ...FIGURE_VALUES,
  requests: (row) => row.requests_per_s,
  seen: (row) => Number(row.last_seen_ns),
};

export function sortServices(rows: readonly ServiceRow[], { key, descending }: ServiceSort): ServiceRow[] {
  const byText = key in TEXTS;
  const figure = byText ? null : VALUES[key as Exclude<SortKey, TextKey>];
  const text = byText ? TEXTS[key as TextKey] : TEXTS.name;
  return sortedRows(rows, descending, figure, text, ({ total_time_ns }) => total_time_ns);
}

export function nameMatches(name: string, query: string): boolean {
  return name.toLowerCase().includes(query.trim().toLowerCase());
}

// How many rows there are of each kind, the most frequent first.
export function countKinds(rows: readonly ServiceRow[]): [ServiceKind, number][] {
  const counts = new Map<ServiceKind, number>();
  for (const row of rows) counts.set(kindOf(row), (counts.get(kindOf(row)) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

export interface Totals {
  services: number;
  requests: number;
  requestsPerS: number;
  errors: number;
  // Null without requests.
  errorRate: number | null;
}

// Over all that are no dependencies: what those get is a part of what their callers do.
export function totalsOf(rows: readonly ServiceRow[], coveredSeconds: number): Totals {
  const own = rows.filter((row) => !row.is_dependency);
  const requests = own.reduce((sum, row) => sum + row.requests, 0);
  const errors = own.reduce((sum, row) => sum + row.errors, 0);
  return {
    services: own.length,
    requests,
    requestsPerS: coveredSeconds > 0 ? requests / coveredSeconds : 0,
    errors,
    errorRate: requests > 0 ? errors / requests : null,
  };
}
