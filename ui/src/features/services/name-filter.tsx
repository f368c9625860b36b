import { Search } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useState } from 'react';
import './name-filter.css';

const PAUSE_MS = 120;

interface NameFilterProps {
  query: string;
  onQuery: (query: string) => void;
  // Enter: on to what was found.
  onEnter: () => void;
  ref?: Ref<HTMLInputElement>;
}

export function NameFilter({ query, onQuery, onEnter, ref }: NameFilterProps) {
  const [text, setText] = useState(query);
  const [shownQuery, setShownQuery] = useState(query);
  // The URL changed by other means: Back, a button, a link.
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

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter') {
      setShownQuery(text);
      onQuery(text);
      onEnter();
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      if (text) setText('');
      else event.currentTarget.blur();
    }
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers older than <search> are told of it by its role
    <form role="search" className="name-filter" onSubmit={(event) => event.preventDefault()}>
      <Search size={14} aria-hidden />
      <input
        ref={ref}
        type="text"
        className="input"
        aria-label="Filter by name"
        placeholder="Filter by name  ( / )"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </form>
  );
}
