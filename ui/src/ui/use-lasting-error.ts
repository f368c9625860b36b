// The error of a query that has no data yet, kept while it is asked again: the block with the button must not flicker.

import { useState } from 'react';

interface Asked {
  data: unknown;
  error: Error | null;
}

export function useLastingError({ data, error }: Asked): Error | null {
  const [last, setLast] = useState<Error | null>(null);
  // An answer is the end of it: the next question, of another range or env, begins without it.
  const lasting = data === undefined ? (error ?? last) : null;
  if (lasting !== last) setLast(lasting);
  return lasting;
}
