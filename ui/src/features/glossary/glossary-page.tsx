// What the words and the numbers mean: docs/glossary.md as a page, with an address for each term.

import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Breadcrumb } from '../../ui/top-bar-slots';
import { GLOSSARY } from './glossary';
import type { Block, Section, Term } from './parse-glossary';
import { Runs } from './runs';
import { TermEntry } from './term-entry';
import './glossary-page.css';

export function GlossaryPage() {
  const hash = useLocation({ select: (location) => location.hash });
  const content = useRef<HTMLDivElement>(null);
  // The router scrolls; whoever came by keyboard goes on from there.
  useEffect(() => {
    const target = hash && content.current?.querySelector<HTMLElement>(`[id="${CSS.escape(hash)}"]`);
    if (target) target.focus({ preventScroll: true });
  }, [hash]);

  return (
    <div className="glossary-page" data-scroll-restoration-id="glossary">
      <title>Glossary · Vizsla</title>
      <Breadcrumb>
        <h1>Glossary</h1>
      </Breadcrumb>
      <nav className="glossary-contents" aria-label="On this page">
        <ul>
          {GLOSSARY.sections.map(({ id, title }) => (
            <li key={id}>
              <Link to="/glossary" hash={id} activeOptions={{ includeHash: true }}>
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div ref={content} className="glossary-text">
        {GLOSSARY.intro.map((runs, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the text doesn't change
          <p key={i} className="glossary-intro">
            <Runs runs={runs} />
          </p>
        ))}
        {GLOSSARY.sections.map((section) => (
          <GlossarySection key={section.id} section={section} target={hash} />
        ))}
      </div>
    </div>
  );
}

function GlossarySection({ section: { id, title, blocks }, target }: { section: Section; target: string }) {
  return (
    <section id={id} tabIndex={-1} aria-labelledby={`${id}-title`} data-target={id === target || undefined}>
      <h2 id={`${id}-title`}>{title}</h2>
      {blocks.map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the text doesn't change
        <GlossaryBlock key={i} block={block} target={target} />
      ))}
    </section>
  );
}

function GlossaryBlock({ block, target }: { block: Block; target: string }) {
  if (block.kind === 'paragraph') {
    return (
      <p>
        <Runs runs={block.runs} />
      </p>
    );
  }
  return (
    <dl>
      {block.terms.map((term) => (
        <GlossaryTerm key={term.id} term={term} isTarget={term.id === target} />
      ))}
    </dl>
  );
}

function GlossaryTerm({ term, isTarget }: { term: Term; isTarget: boolean }) {
  return (
    <div id={term.id} tabIndex={-1} className="glossary-term" data-target={isTarget || undefined}>
      <TermEntry term={term} linkTitle="A link to this term" />
    </div>
  );
}
