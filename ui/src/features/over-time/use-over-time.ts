// What the pages of a service and of a resource have in common before they ask: time, environment, and when to ask again.

import { useEnv } from '../env/use-env';
import { rangeOf, refreshMillis } from '../time/time-range';
import { useAutoRefresh } from '../time/use-auto-refresh';
import { type OverTimeSearch, scopeOf } from './over-time-search';

export function useOverTime(search: OverTimeSearch) {
  const range = rangeOf(search);
  const { env, known, all: envs } = useEnv(search.env);
  const refresh = useAutoRefresh();
  const refreshState = refresh.stateFor(refreshMillis(range), 1);
  const inEnv = env !== undefined && { env };
  return {
    // For the frame around the page.
    frame: { env, envs, refresh, refreshState },
    range,
    // False until it is clear which environment to ask for.
    known,
    everyMs: refreshState.kind === 'running' && refreshState.everyMs,
    asked: { ...range, ...inEnv, ...(search.by && { by: search.by }), ...(search.cmp && { previous: search.cmp }) },
    // For links to pages about the same time and environment.
    scope: scopeOf({ ...search, ...inEnv }),
  };
}
