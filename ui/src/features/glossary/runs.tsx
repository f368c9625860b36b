import type { Run } from './parse-glossary';

// A piece of the glossary's text.
export function Runs({ runs }: { runs: readonly Run[] }) {
  return runs.map((run, i) => {
    const key = `${i} ${run.text}`;
    if (run.kind === 'code') return <code key={key}>{run.text}</code>;
    if (run.kind === 'emphasis') return <em key={key}>{run.text}</em>;
    if (run.kind === 'strong') return <strong key={key}>{run.text}</strong>;
    return run.text;
  });
}
