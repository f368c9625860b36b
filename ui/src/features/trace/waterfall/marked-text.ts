// Text with the words that were searched for marked in it.

export interface TextPart {
  text: string;
  marked: boolean;
}

export function markedParts(text: string, terms: readonly string[]): TextPart[] {
  const lower = text.toLowerCase();
  const parts: TextPart[] = [];
  let from = 0;
  for (;;) {
    const next = firstOccurrence(lower, terms, from);
    if (!next) break;
    if (next.at > from) parts.push({ text: text.slice(from, next.at), marked: false });
    parts.push({ text: text.slice(next.at, next.at + next.length), marked: true });
    from = next.at + next.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), marked: false });
  return parts;
}

function firstOccurrence(
  lower: string,
  terms: readonly string[],
  from: number,
): { at: number; length: number } | undefined {
  let first: { at: number; length: number } | undefined;
  for (const term of terms) {
    const at = lower.indexOf(term, from);
    if (at >= 0 && (!first || at < first.at)) first = { at, length: term.length };
  }
  return first;
}
