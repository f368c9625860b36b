// docs/glossary.md, and the terms in it that screens show beside their numbers.
//
// The text comes into the bundle as it is and is read here: 3 kB, and the same file and parser in the page, in tests and
// while developing, where a step of the build would need all of that to be told of what it made.

import source from '../../../../docs/glossary.md?raw';
import { parseGlossary, type Run, type Term } from './parse-glossary';

export const GLOSSARY = parseGlossary(source);

// Each is a term of the page or one of its sections; a test goes through them.
export const SHOWN_TERMS = [
  'apdex',
  'average',
  'called-by',
  'dependency',
  'error-rate',
  'errors',
  'last-seen',
  'maximum',
  'operation',
  'p95',
  'primary-operation',
  'requests',
  'requests-a-second',
  'resource',
  'service',
  'share-of-total-time',
  'total-time',
  'totals',
] as const;
export type ShownTerm = (typeof SHOWN_TERMS)[number];

const TERMS = new Map<string, Term>();
for (const { id, title, blocks } of GLOSSARY.sections) {
  const [first] = blocks;
  // A section that begins with a paragraph is about one thing, and says there what that is.
  if (first?.kind === 'paragraph') TERMS.set(id, { id, name: textRuns(title), meaning: first.runs });
  for (const block of blocks) if (block.kind === 'terms') for (const term of block.terms) TERMS.set(term.id, term);
}

export function termOf(id: ShownTerm): Term {
  const term = TERMS.get(id);
  if (!term) throw new Error(`docs/glossary.md says nothing about “${id}”`);
  return term;
}

function textRuns(text: string): Run[] {
  return [{ kind: 'text', text }];
}
