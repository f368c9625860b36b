// What a block of data shows besides its data: that it is on its way, late, can't be had, or couldn't be refreshed.
//
// QueryProgress belongs at the top of the block, where it takes no room as long as all is well; QueryState in the place of
// the data. What was shown stays until something newer comes.

import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { CircleStop, RotateCw, TriangleAlert } from 'lucide-react';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { currentConnection, watchConnection } from '../api/connection';
import { ApiError } from '../api/errors';
import { Button } from './button';
import { Elapsed } from './elapsed';
import { CountDown, ErrorBlock } from './error-block';
import { ProgressLine } from './progress-line';
import { useAutomaticRetry } from './use-automatic-retry';
import { useLastingError } from './use-lasting-error';
import { useSlow } from './use-slow';
import './query-state.css';

const SKELETON_AFTER_MS = 150;
const STALE_AFTER_MS = 1_000;
const SLOW_AFTER_MS = 3_000;

// Of a query of TanStack's.
export interface Asked {
  data: unknown;
  error: Error | null;
  isPending: boolean;
  isFetching: boolean;
  refetch: () => unknown;
}

// Old data is dimmed once newer has been awaited for a second.
export function useStale({ data, isFetching }: Asked): boolean {
  return useSlow(data !== undefined && isFetching, STALE_AFTER_MS);
}

interface QueryProgressProps {
  // Of what: "The list of services".
  what: string;
  query: Asked;
  // What is given up when somebody doesn't want to wait any longer.
  keys: readonly QueryKey[];
  onRetry?: () => void;
}

export function QueryProgress({ what, query, keys, onRetry = () => void query.refetch() }: QueryProgressProps) {
  const client = useQueryClient();
  const slow = useSlow(query.isFetching, SLOW_AFTER_MS);
  const cancel = () => {
    for (const queryKey of keys) void client.cancelQueries({ queryKey, exact: true });
  };
  return (
    <div className="query-progress">
      <ProgressLine active={query.isFetching && !query.isPending} />
      {slow && (
        <div className="query-slow">
          <span role="status">Still waiting for the server</span>
          <span aria-hidden>
            <Elapsed before={SLOW_AFTER_MS} />
          </span>
          <Button icon={<CircleStop size={14} aria-hidden />} onClick={cancel}>
            Cancel
          </Button>
        </div>
      )}
      {query.data !== undefined && query.error && (
        <NotRefreshed what={what} error={query.error} retrying={query.isFetching} onRetry={onRetry} />
      )}
    </div>
  );
}

interface NotRefreshedProps {
  what: string;
  error: Error;
  retrying: boolean;
  onRetry: () => void;
}

function NotRefreshed({ what, error, retrying, onRetry }: NotRefreshedProps) {
  const { reachable } = useSyncExternalStore(watchConnection, currentConnection);
  const again = useAutomaticRetry(error, retrying, onRetry);
  // The frame around the page says so, and when what is shown is from.
  if (!reachable && error instanceof ApiError && error.status === 0) return null;
  return (
    <div className="query-not-refreshed" role="alert">
      <TriangleAlert size={14} aria-hidden />
      <p>
        {what} could not be refreshed: {error.message}
      </p>
      {again !== null && <CountDown seconds={again} />}
      <Button icon={<RotateCw size={14} aria-hidden />} onClick={onRetry} disabled={retrying}>
        {retrying ? 'Trying again…' : 'Try again'}
      </Button>
    </div>
  );
}

interface QueryStateProps {
  what: string;
  query: Asked;
  // In the geometry of the data.
  skeleton?: ReactNode;
  // What is shown in place of an error that is no failure; nothing: the error.
  insteadOf?: (error: Error) => ReactNode;
  onRetry?: () => void;
}

export function QueryState(props: QueryStateProps) {
  const { what, query, skeleton = null, insteadOf, onRetry = () => void query.refetch() } = props;
  const error = useLastingError(query);
  const slow = useSlow(query.isPending, SKELETON_AFTER_MS);
  const [wasAsked, setWasAsked] = useState(query.isFetching);
  if (query.isFetching && !wasAsked) setWasAsked(true);
  if (query.data !== undefined) return null;
  if (error) {
    return (
      insteadOf?.(error) || (
        <ErrorBlock what={`${what} can’t be shown.`} error={error} retrying={query.isFetching} onRetry={onRetry} />
      )
    );
  }
  if (wasAsked && !query.isFetching) {
    return (
      <div className="query-cancelled" role="status">
        <p>{what}: you stopped waiting for it.</p>
        <Button icon={<RotateCw size={14} aria-hidden />} onClick={onRetry}>
          Ask again
        </Button>
      </div>
    );
  }
  return slow && skeleton;
}
