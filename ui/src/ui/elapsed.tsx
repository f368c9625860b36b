import { useState } from 'react';
import { distance } from '../format/relative-time';
import './elapsed.css';
import { useNow } from './use-now';

const SLOW_MS = 3_000;

// Beside a placeholder: after a while it says how long the answer has been awaited.
export function Elapsed() {
  const [begun] = useState(() => Date.now());
  const waited = useNow() - begun;
  if (waited < SLOW_MS) return null;
  return <p className="elapsed">Waiting for the server’s answer for {distance(waited)}</p>;
}
