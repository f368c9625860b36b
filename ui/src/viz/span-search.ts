// Finds spans by text: service, operation, resource, first line of the error, or the beginning of the span's id.
//
// The tables of names are searched, not the spans: 50,000 spans with 400 names cost 400 comparisons and one pass over
// integers.

import type { TraceModel } from './trace-model';

export interface SpanMatches {
  // By span: 1 where it matches.
  readonly flags: Uint8Array;
  // The matching spans in order.
  readonly spans: Int32Array;
}

// Words are looked for one by one and all must occur; "quoted words" are one.
export function searchTerms(query: string): string[] {
  return Array.from(query.toLowerCase().matchAll(/"([^"]+)"?|(\S+)/g), (match) => match[1] ?? match[2]);
}

export function searchSpans(model: TraceModel, query: string): SpanMatches | null {
  const terms = searchTerms(query);
  if (terms.length === 0) return null;
  const { spans, services, strings } = model.skeleton;
  const flags = new Uint8Array(model.count).fill(1);
  for (const term of terms) {
    const inService = tableMatches(
      services.map((service) => service.name),
      term,
    );
    const inOperation = tableMatches(strings.operations, term);
    const inResource = tableMatches(strings.resources, term);
    const inError = tableMatches(strings.error_lines, term);
    const idDigits = /^[0-9a-f]{6,16}$/.test(term) ? term : null;
    for (let i = 0; i < model.count; i++) {
      if (
        inService[spans.service[i]] ||
        inOperation[spans.operation[i]] ||
        inResource[spans.resource[i]] ||
        inError[spans.error_line[i]] ||
        (idDigits !== null && spans.id[i].startsWith(idDigits))
      ) {
        continue;
      }
      flags[i] = 0;
    }
  }
  return { flags, spans: indexesOf(flags) };
}

function tableMatches(table: readonly string[], term: string): Uint8Array {
  return Uint8Array.from(table, (text) => (text.toLowerCase().includes(term) ? 1 : 0));
}

export function indexesOf(flags: Uint8Array): Int32Array {
  const out = new Int32Array(flags.reduce((sum, flag) => sum + flag, 0));
  for (let i = 0, next = 0; i < flags.length; i++) if (flags[i]) out[next++] = i;
  return out;
}

// The next of `spans` after `from` (before it, for -1), going round at the end. -1 when there are none.
export function stepThrough(spans: Int32Array, from: number, direction: 1 | -1): number {
  if (spans.length === 0) return -1;
  if (direction === 1) return spans.find((span) => span > from) ?? spans[0];
  return spans.findLast((span) => span < from) ?? spans[spans.length - 1];
}
