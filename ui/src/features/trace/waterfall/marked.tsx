// Text with the words that were searched for marked in it.
export function Marked({ text, terms }: { text: string; terms: readonly string[] }) {
  const found = firstOccurrence(text, terms);
  if (!found) return text;
  return (
    <>
      {text.slice(0, found.at)}
      <mark>{text.slice(found.at, found.at + found.length)}</mark>
      <Marked text={text.slice(found.at + found.length)} terms={terms} />
    </>
  );
}

function firstOccurrence(text: string, terms: readonly string[]): { at: number; length: number } | null {
  const lower = text.toLowerCase();
  let first: { at: number; length: number } | null = null;
  for (const term of terms) {
    const at = lower.indexOf(term);
    if (at >= 0 && (!first || at < first.at)) first = { at, length: term.length };
  }
  return first;
}
