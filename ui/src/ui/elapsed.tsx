import { useState } from 'react';
import { distance } from '../format/relative-time';
import { useNow } from './use-now';

// For how long something has been awaited, counted from `before` milliseconds ago on.
export function Elapsed({ before }: { before: number }) {
  const [begun] = useState(() => Date.now() - before);
  return <>{distance(Math.max(before, useNow() - begun))}</>;
}
