// Copies text and says for a second whether it did.

import { useEffect, useState } from 'react';

const SHOWN_MS = 1_000;

export type CopyState = 'idle' | 'copied' | 'failed';

// The text may still be on its way.
export function useCopy(): { state: CopyState; copy: (text: string | Promise<string>) => void } {
  const [state, setState] = useState<{ shown: CopyState; at: number }>({ shown: 'idle', at: 0 });
  useEffect(() => {
    if (state.shown === 'idle') return;
    const timer = setTimeout(() => setState({ shown: 'idle', at: 0 }), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const tell = (shown: CopyState) => setState({ shown, at: performance.now() });
  return {
    state: state.shown,
    copy: (text) =>
      void Promise.resolve(text)
        .then(copyText)
        .then(
          () => tell('copied'),
          () => tell('failed'),
        ),
  };
}

// `navigator.clipboard` exists only on secure origins; a server on a plain http address of the local network isn't one.
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
