// The newest traces, or on an empty installation the help to send the first one.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { refetchEvery, statusQuery, traceListQuery } from '../../api/queries';
import { serverNow } from '../../api/server-clock';
import { formatCount } from '../../format/count';
import { Button } from '../../ui/button';
import { CopyButton } from '../../ui/copy-button';
import { QueryProgress, QueryState, useStale } from '../../ui/query-state';
import { useShortcuts } from '../../ui/shortcuts';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { copyText } from '../../ui/use-copy';
import { searchToString } from '../search-params';
import { SetupHelp } from '../setup/setup-help';
import { useSetupHelpShown } from '../setup/use-setup-help-shown';
import { RefreshControl } from '../time/refresh-control';
import { TimePicker } from '../time/time-picker';
import { absoluteRange, rangeOf, refreshMillis } from '../time/time-range';
import { useAutoRefresh } from '../time/use-auto-refresh';
import { TraceList } from './trace-list';
import { TraceListEmpty } from './trace-list-empty';
import { TraceListSkeleton } from './trace-list-skeleton';
import { type TracesSearch, withRange } from './traces-search';
import './traces-page.css';

const route = getRouteApi('/traces');
const WHAT = 'The list of traces';

export function TracesPage() {
  const status = useQuery(statusQuery());
  const help = useSetupHelpShown(status.data);
  return (
    <>
      <title>Traces · Vizsla</title>
      <Breadcrumb>
        <h1>Traces</h1>
      </Breadcrumb>
      {help.shown && status.data ? (
        <SetupHelp status={status.data} doneLabel="Show all traces" onDone={help.dismiss} />
      ) : (
        <RecentTraces />
      )}
    </>
  );
}

function RecentTraces() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const range = rangeOf(search);
  const onlyErrors = search.errors ?? false;
  const filter = { ...range, errors: onlyErrors };

  const refresh = useAutoRefresh();
  const everyMs = refreshMillis(range);
  const options = traceListQuery(filter);
  const list = useInfiniteQuery({
    ...options,
    refetchInterval: ({ state }) => {
      const refreshing = refresh.stateFor(everyMs, state.data?.pages.length ?? 0);
      return refetchEvery(refreshing.kind === 'running' && refreshing.everyMs)({ state });
    },
  });
  const pages = list.data?.pages ?? [];
  const refreshState = refresh.stateFor(everyMs, pages.length);
  const stale = useStale(list);

  const change = (next: TracesSearch) => void navigate({ search: next });
  const toggleErrors = () => change(withRange({ ...search, errors: !onlyErrors }, range));
  const paused = refreshState.kind === 'paused';
  const link = () => absoluteLink(search);
  useShortcuts('Traces', [
    { keys: 'f', label: 'Only traces with errors', run: toggleErrors },
    { keys: 'r', label: 'Refresh', run: () => void list.refetch() },
    { keys: '.', label: 'Stop or go on refreshing', run: () => refresh.setPaused(!paused) },
    { keys: 'y', label: 'Copy a link to this list', run: () => void copyText(link()) },
  ]);

  const traces = pages.flatMap((page) => page.traces);
  return (
    <div className="traces-page">
      <TopBarTools>
        <CopyButton text={link} label="Copy link with fixed times" />
        <TimePicker range={range} onChange={(next) => change(withRange(search, next))} />
      </TopBarTools>
      <div className="traces-page-bar">
        <Button aria-pressed={onlyErrors} onClick={toggleErrors} title="Only traces with a failed span (f)">
          Only errors
        </Button>
        {traces.length > 0 && (
          <span className="traces-page-count">
            {list.hasNextPage ? `the newest ${formatCount(traces.length)}` : `all ${formatCount(traces.length)}`}
          </span>
        )}
        <span className="traces-page-space" />
        <Link to="/spans" search={{ ...range }} className="traces-page-link">
          Search spans
        </Link>
        {list.data && (
          <RefreshControl
            state={refreshState}
            updatedAt={list.dataUpdatedAt}
            onRefresh={() => void list.refetch()}
            onPause={refresh.setPaused}
          />
        )}
      </div>
      <QueryProgress what={WHAT} query={list} keys={[options.queryKey]} />
      <div
        data-scroll-restoration-id="traces"
        className={stale ? 'traces-page-content traces-page-stale' : 'traces-page-content'}
      >
        <QueryState what={WHAT} query={list} skeleton={<TraceListSkeleton />} />
        {list.data && traces.length === 0 && (
          <TraceListEmpty
            range={range}
            onlyErrors={onlyErrors}
            onChange={({ range: next, errors }) =>
              change(withRange({ ...search, ...(errors === false && { errors }) }, next ?? range))
            }
          />
        )}
        {traces.length > 0 && <TraceList traces={traces} listProps={refresh.listProps} />}
        {list.hasNextPage && (
          <div className="trace-list-more">
            <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
              {list.isFetchingNextPage ? 'Loading…' : 'Load older traces'}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

// A link whose times don't move: it must show the same traces when it is read next week.
function absoluteLink(search: TracesSearch): string {
  const fixed = { ...absoluteRange(rangeOf(search), serverNow()), errors: search.errors };
  return `${window.location.origin}${window.location.pathname}${searchToString(fixed)}`;
}
