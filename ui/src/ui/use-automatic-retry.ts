// Asks again by itself after an error that passes: when the server said it may be asked again, else after twice as long
// each time.

import { useEffect, useState } from 'react';
import { ApiError } from '../api/errors';
import { useNow } from './use-now';

const FIRST_MS = 2_000;
const MOST_MS = 60_000;

interface Plan {
  error: Error | null;
  attempt: number;
  waitMs: number;
  begun: number;
}

// Seconds until it does, or null when it doesn't.
export function useAutomaticRetry(error: Error | null, retrying: boolean, retry: () => void): number | null {
  const [plan, setPlan] = useState<Plan>({ error: null, attempt: -1, waitMs: 0, begun: 0 });
  if (error !== plan.error) setPlan(nextPlan(plan, error));
  const waits = error !== null && !retrying && isPassing(error);
  const { waitMs, begun } = plan;
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(retry, Math.max(0, begun + waitMs - Date.now()));
    return () => clearTimeout(timer);
  });
  const now = useNow();
  return waits ? Math.max(1, Math.ceil((begun + waitMs - now) / 1000)) : null;
}

function nextPlan(before: Plan, error: Error | null): Plan {
  const attempt = error && isPassing(error) ? before.attempt + 1 : -1;
  const told = error instanceof ApiError ? error.retryAfterMs : undefined;
  return {
    error,
    attempt,
    waitMs: Math.max(told ?? 0, Math.min(FIRST_MS * 2 ** Math.max(0, attempt), MOST_MS)),
    begun: Date.now(),
  };
}

function isPassing(error: Error): boolean {
  return error instanceof ApiError && error.passing;
}
