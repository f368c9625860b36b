// One trace. Loads its skeleton and shows it, or says why it can't.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../../api/errors';
import { refetchEvery, skeletonQuery } from '../../api/queries';
import { shortId } from '../../format/id';
import { pageTitle } from '../../format/page-title';
import { QueryProgress, QueryState } from '../../ui/query-state';
import { Breadcrumb } from '../../ui/top-bar-slots';
import { TraceNotFound } from './trace-not-found';
import { TraceScreen } from './trace-screen';
import { TraceSkeletonScreen } from './trace-skeleton-screen';

const route = getRouteApi('/trace/$traceId');
const WHAT = 'This trace';
const WATCH_MS = 5_000;

export function TracePage() {
  const { traceId } = route.useParams();
  // A key, so that nothing of one trace's screen leaks into the next one's.
  return <LoadedTrace key={traceId} traceId={traceId} />;
}

function LoadedTrace({ traceId }: { traceId: string }) {
  const [watching, setWatching] = useState(false);
  const options = skeletonQuery(traceId);
  const trace = useQuery({ ...options, ...(watching && { refetchInterval: refetchEvery(WATCH_MS) }) });
  const progress = <QueryProgress what={WHAT} query={trace} keys={[options.queryKey]} />;
  if (trace.data && watching) setWatching(false);
  if (trace.data) {
    return (
      <>
        {progress}
        <TraceScreen skeleton={trace.data.skeleton} onReload={() => void trace.refetch()} />
      </>
    );
  }
  return (
    <>
      {progress}
      <title>{pageTitle(`Trace ${shortId(traceId)}`)}</title>
      <Breadcrumb>
        <Link to="/traces">Traces</Link>
        <span aria-hidden>/</span>
        <h1>Trace {shortId(traceId)}</h1>
      </Breadcrumb>
      <QueryState
        what={WHAT}
        query={trace}
        skeleton={<TraceSkeletonScreen />}
        insteadOf={(error) =>
          isMissing(error) && (
            <TraceNotFound
              traceId={traceId}
              malformed={error.code === 'invalid_input'}
              watching={watching}
              onWatch={setWatching}
            />
          )
        }
      />
    </>
  );
}

function isMissing(error: Error): error is ApiError {
  return error instanceof ApiError && (error.code === 'not_found' || error.code === 'invalid_input');
}
