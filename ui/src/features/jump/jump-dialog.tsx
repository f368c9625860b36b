// Ctrl+K: paste anything that holds a trace id and land on the trace, name a service or a resource, or run one of a few
// commands.

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowRight, CornerDownLeft } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { resolveQuery } from '../../api/queries';
import type { Match } from '../../api/types';
import { Dialog } from '../../ui/dialog';
import { Kbd } from '../../ui/kbd';
import { QueryProgress, QueryState } from '../../ui/query-state';
import { useSettled } from '../../ui/use-settled';
import { scopeOf } from '../over-time/over-time-search';
import { extractTraceIds } from './extract-trace-ids';
import './jump-dialog.css';

export interface JumpCommand {
  label: string;
  keys?: string;
  run: () => void;
}

interface Choice extends JumpCommand {
  key: string;
  note?: string;
}

const WHAT = 'The list of services and resources of this name';
const SETTLED_MS = 80;
const FOUND_MAX = 10;

interface JumpDialogProps {
  commands: readonly JumpCommand[];
  onClose: () => void;
}

export function JumpDialog({ commands, onClose }: JumpDialogProps) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();

  const traces = extractTraceIds(text).map<Choice>(({ traceId, spanId, form }) => ({
    key: traceId,
    label: `Open trace ${traceId}`,
    note: spanId ? `${form}, at span ${spanId}` : form,
    run: () => void navigate({ to: '/trace/$traceId', params: { traceId }, search: spanId ? { span: spanId } : {} }),
  }));
  // The same time and environment as on the page that one comes from.
  const scope = scopeOf(useSearch({ strict: false }));
  const resolving = resolveQuery(useSettled(text.trim(), SETTLED_MS));
  const found = useQuery(resolving);
  const lookedUp = text.trim() !== '' && traces.length === 0;
  const named = (lookedUp ? (found.data ?? []) : []).flatMap((match) => namedChoice(match) ?? []).slice(0, FOUND_MAX);

  function namedChoice({ kind, service, resource, hash, operation }: Match): Choice | null {
    if (kind === 'service' && service !== undefined)
      return {
        key: `service ${service}`,
        label: service,
        note: 'service',
        run: () => void navigate({ to: '/services/$service', params: { service }, search: scope }),
      };
    if (kind === 'resource' && service !== undefined && hash !== undefined)
      return {
        key: `resource ${hash}`,
        label: resource || '(empty)',
        note: `resource of ${service}, ${operation}`,
        run: () =>
          void navigate({ to: '/services/$service/resources/$hash', params: { service, hash }, search: scope }),
      };
    return null;
  }

  const words = text.toLowerCase().trim().split(/\s+/);
  const matching = commands
    .filter((command) => words.every((word) => command.label.toLowerCase().includes(word)))
    .map<Choice>((command) => ({ ...command, key: command.label }));
  const choices = [...traces, ...named, ...matching];
  const activeChoice = choices[Math.min(active, choices.length - 1)];

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && choices.length > 0) {
      event.preventDefault();
      setActive((active + step + choices.length) % choices.length);
    }
    if (event.key === 'Enter' && activeChoice && !event.nativeEvent.isComposing) {
      // Closing gives the focus back to a button, which the same key press would push again.
      event.preventDefault();
      choose(activeChoice);
    }
  }

  function choose(choice: Choice) {
    onClose();
    choice.run();
  }

  return (
    <Dialog title="Go to" titleHidden onClose={onClose}>
      <input
        type="text"
        className="input jump-input"
        role="combobox"
        aria-label="Name of a service or a resource, or anything with a trace id in it"
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={activeChoice && `${listId}-${activeChoice.key}`}
        placeholder="A service, a resource, or a pasted trace id, URL or log line"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="Choices" className="jump-list">
        {choices.map((choice) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and handles the keys
          <div
            key={choice.key}
            id={`${listId}-${choice.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={choice === activeChoice}
            className="jump-choice"
            onPointerMove={() => setActive(choices.indexOf(choice))}
            onClick={() => choose(choice)}
          >
            <ArrowRight size={14} aria-hidden />
            <span className="jump-choice-label">{choice.label}</span>
            {choice.note && <span className="jump-choice-note">{choice.note}</span>}
            {choice.keys && <Kbd keys={choice.keys} />}
            {choice === activeChoice && <CornerDownLeft size={14} aria-hidden />}
          </div>
        ))}
      </div>
      {lookedUp && (
        <>
          <QueryProgress what={WHAT} query={found} keys={[resolving.queryKey]} />
          <QueryState key={resolving.queryKey[1]} what={WHAT} query={found} />
        </>
      )}
      {choices.length === 0 && (found.isFetching || found.data !== undefined || !lookedUp) && (
        <p className="jump-nothing" role="status">
          {found.isFetching
            ? 'Looking for it…'
            : 'No service and no resource of this name, and no trace id in it. They have 32 or 16 hex digits, or are decimal numbers.'}
        </p>
      )}
    </Dialog>
  );
}
