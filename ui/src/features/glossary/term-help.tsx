import { CircleQuestionMark } from 'lucide-react';
import type { ReactNode } from 'react';
import { Popover } from '../../ui/popover';
import { type ShownTerm, termOf } from './glossary';
import { TermEntry } from './term-entry';
import './term-help.css';

interface TermHelpProps {
  // What it stands beside.
  label: string;
  terms: readonly ShownTerm[];
  // What only this place has to say.
  note?: string | undefined;
  // Below: of the number itself.
  children?: ReactNode;
}

// A button beside a number's name: what the glossary says of it, and the way there.
export function TermHelp({ label, terms, note, children }: TermHelpProps) {
  return (
    <Popover
      label={`${label}, explained`}
      triggerClassName="term-help-trigger"
      triggerLabel={`What “${label}” means`}
      trigger={<CircleQuestionMark size={12} aria-hidden />}
    >
      {() => (
        <div className="term-help">
          <dl>
            {terms.map(termOf).map((term) => (
              <div key={term.id}>
                <TermEntry term={term} linkTitle="In the glossary" />
              </div>
            ))}
          </dl>
          {note && <p>{note}</p>}
          {children}
        </div>
      )}
    </Popover>
  );
}
