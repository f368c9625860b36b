import { ChevronDown, ChevronUp, Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { formatCount } from '../../format/count';
import { IconButton } from '../../ui/button';
import { type SpanMatches, stepThrough } from '../../viz/span-search';
import { spanOfRow } from '../../viz/tree-rows';
import { useSession } from './trace-session';
import type { Cursor } from './use-cursor';
import { SEARCH_INPUT_ID } from './use-trace-shortcuts';
import './trace-search-box.css';

const PAUSE_MS = 120;

interface TraceSearchBoxProps {
  query: string;
  matches: SpanMatches | null;
  cursor: Cursor;
  onQuery: (query: string) => void;
}

export function TraceSearchBox({ query, matches, cursor, onQuery }: TraceSearchBoxProps) {
  const { model } = useSession();
  const [text, setText] = useState(query);
  const [shownQuery, setShownQuery] = useState(query);
  // The URL changed by other means: Back, Escape, a link.
  if (query !== shownQuery) {
    setShownQuery(query);
    setText(query);
  }

  useEffect(() => {
    if (text === query) return;
    const timer = setTimeout(() => {
      setShownQuery(text);
      onQuery(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });

  function goToMatch(direction: 1 | -1) {
    const next = matches ? stepThrough(matches.spans, spanOfRow(model, cursor.row), direction) : -1;
    if (next >= 0) cursor.goTo(next);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter') goToMatch(event.shiftKey ? -1 : 1);
    if (event.key === 'Escape') {
      event.preventDefault();
      if (text) setText('');
      else event.currentTarget.blur();
    }
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers older than <search> are told of it by its role
    <form role="search" className="trace-search-box" onSubmit={(event) => event.preventDefault()}>
      <Search size={14} aria-hidden />
      <input
        id={SEARCH_INPUT_ID}
        type="text"
        className="input"
        aria-label="Search in this trace"
        placeholder="Search spans  ( / )"
        title="Service, operation, resource, error text or span id"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {matches && (
        <>
          <span className="trace-search-box-count" role="status">
            {countText(matches, spanOfRow(model, cursor.row))}
          </span>
          <IconButton
            label="Previous match"
            shortcut="N"
            icon={<ChevronUp size={14} aria-hidden />}
            onClick={() => goToMatch(-1)}
          />
          <IconButton
            label="Next match"
            shortcut="n"
            icon={<ChevronDown size={14} aria-hidden />}
            onClick={() => goToMatch(1)}
          />
        </>
      )}
    </form>
  );
}

function countText({ spans }: SpanMatches, at: number): string {
  if (spans.length === 0) return 'no match';
  const place = spans.indexOf(at);
  return place < 0 ? `${formatCount(spans.length)} found` : `${formatCount(place + 1)} of ${formatCount(spans.length)}`;
}
