import { ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import { formatCountOf } from '../../../format/count';
import { parseStack, type StackPart } from './stack-frames';
import './stack-trace.css';

// One's own frames stand out, those of libraries are folded away.
export function StackTrace({ stack }: { stack: string }) {
  const parts = useMemo(() => parseStack(stack), [stack]);
  // With nothing of one's own in it, folding would leave nothing to read.
  const foldable = parts.some((part) => part.kind === 'app');
  return (
    // Long lines scroll sideways, which the keyboard must be able to do as well.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="stack-trace" tabIndex={0} aria-label="Stack trace">
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never change places
        <Part key={i} part={part} foldable={foldable} />
      ))}
    </section>
  );
}

function Part({ part, foldable }: { part: StackPart; foldable: boolean }) {
  const [open, setOpen] = useState(false);
  const text = <pre className={`stack-trace-${part.kind}`}>{part.lines.join('\n')}</pre>;
  if (part.kind !== 'library' || !foldable) return text;
  return (
    <>
      <button type="button" className="stack-trace-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={12} aria-hidden />
        {formatCountOf(part.frames, 'library frame')}
      </button>
      {open && text}
    </>
  );
}
