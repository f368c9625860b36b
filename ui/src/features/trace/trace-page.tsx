// One trace. Loads its skeleton and shows it, or says why it can't.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../../api/errors';
import { skeletonQuery } from '../../api/queries';
import { shortId } from '../../format/id';
import { ErrorBlock } from '../../ui/error-block';
import { ProgressLine } from '../../ui/progress-line';
import { Breadcrumb } from '../../ui/top-bar-slots';
import { useLastingError } from '../../ui/use-lasting-error';
import { useSlow } from '../../ui/use-slow';
import { TraceNotFound } from './trace-not-found';
import { TraceScreen } from './trace-screen';
import { TraceSkeletonScreen } from './trace-skeleton-screen';

const route = getRouteApi('/trace/$traceId');
const SKELETON_AFTER_MS = 150;
const WATCH_MS = 5_000;

export function TracePage() {
  const { traceId } = route.useParams();
  // A key, so that nothing of one trace's screen leaks into the next one's.
  return <LoadedTrace key={traceId} traceId={traceId} />;
}

function LoadedTrace({ traceId }: { traceId: string }) {
  const [watching, setWatching] = useState(false);
  const trace = useQuery({ ...skeletonQuery(traceId), ...(watching && { refetchInterval: WATCH_MS }) });
  const error = useLastingError(trace);
  const loadingSlowly = useSlow(trace.isPending, SKELETON_AFTER_MS);
  if (trace.data && watching) setWatching(false);
  if (trace.data) {
    return (
      <>
        <ProgressLine active={trace.isFetching} />
        <TraceScreen skeleton={trace.data.skeleton} onReload={() => void trace.refetch()} />
      </>
    );
  }
  return (
    <>
      <title>{`Trace ${shortId(traceId)} · Vizsla`}</title>
      <Breadcrumb>
        <Link to="/traces">Traces</Link>
        <span aria-hidden>/</span>
        <h1>Trace {shortId(traceId)}</h1>
      </Breadcrumb>
      {loadingSlowly && !error && <TraceSkeletonScreen />}
      {error && isMissing(error) && (
        <TraceNotFound
          traceId={traceId}
          malformed={error.code === 'invalid_input'}
          watching={watching}
          onWatch={setWatching}
        />
      )}
      {error && !isMissing(error) && (
        <ErrorBlock
          what="This trace can’t be shown."
          error={error}
          retrying={trace.isFetching}
          onRetry={() => void trace.refetch()}
        />
      )}
    </>
  );
}

function isMissing(error: Error): error is ApiError {
  return error instanceof ApiError && (error.code === 'not_found' || error.code === 'invalid_input');
}
