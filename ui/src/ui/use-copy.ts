// Copies text and says for a second that it did.

import { useEffect, useState } from 'react';

const SHOWN_MS = 1_000;

export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copiedAt, setCopiedAt] = useState(0);
  useEffect(() => {
    if (copiedAt === 0) return;
    const timer = setTimeout(() => setCopiedAt(0), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copiedAt]);
  return { copied: copiedAt !== 0, copy: (text) => void copyText(text).then(() => setCopiedAt(performance.now())) };
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
