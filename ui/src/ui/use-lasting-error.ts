// The error of a query that has no data yet, kept while it is asked again: the block with the button must not flicker.

import { useState } from 'react';

interface Asked {
  data: unknown;
  error: Error | null;
}

export function useLastingError({ data, error }: Asked): Error | null {
  const [last, setLast] = useState<Error | null>(null);
  if (error && error !== last) setLast(error);
  return data === undefined ? (error ?? last) : null;
}
