import { CircleAlert, Search } from 'lucide-react';
import { type FormEvent, type Ref, useId, useState } from 'react';
import './query-box.css';

interface QueryBoxProps {
  query: string;
  // What the server didn't understand of it.
  problem: string | undefined;
  onQuery: (query: string) => void;
  ref?: Ref<HTMLInputElement>;
}

// A search in the search language, asked on Enter. What was typed stays as it is while it is wrong.
export function QueryBox({ query, problem, onQuery, ref }: QueryBoxProps) {
  const [text, setText] = useState(query);
  const [shownQuery, setShownQuery] = useState(query);
  const id = useId();
  // The URL changed by other means: Back, a button, a link.
  if (query !== shownQuery) {
    setShownQuery(query);
    setText(query);
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    setShownQuery(text.trim());
    onQuery(text.trim());
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers older than <search> are told of it by its role
    <form role="search" className="query-box" onSubmit={onSubmit}>
      <Search size={14} aria-hidden />
      <input
        ref={ref}
        type="text"
        className="input"
        aria-label="Search spans"
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : id}
        placeholder="service:web status:error @duration:>500ms  ( / )"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {problem !== undefined && (
        <p id={id} className="query-box-problem" role="alert">
          <CircleAlert size={12} aria-hidden /> {problem}
        </p>
      )}
    </form>
  );
}
