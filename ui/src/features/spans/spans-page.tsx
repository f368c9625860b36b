// The spans that a search finds: where a number's explanation leads.

import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { ApiError } from '../../api/errors';
import { refetchEvery, spanListQuery } from '../../api/queries';
import { serverNow } from '../../api/server-clock';
import { formatCount } from '../../format/count';
import { Button } from '../../ui/button';
import { CopyButton } from '../../ui/copy-button';
import { EmptyBlock } from '../../ui/empty-block';
import { QueryProgress, QueryState, useStale } from '../../ui/query-state';
import { RowsSkeleton } from '../../ui/rows-skeleton';
import { useShortcuts } from '../../ui/shortcuts';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { copyText } from '../../ui/use-copy';
import { useZone } from '../../ui/zone';
import { searchToString } from '../search-params';
import { describeTimeRange } from '../time/range-label';
import { RefreshControl } from '../time/refresh-control';
import { TimePicker } from '../time/time-picker';
import { absoluteRange, rangeOf, refreshMillis, type TimeRange } from '../time/time-range';
import { useAutoRefresh } from '../time/use-auto-refresh';
import { WiderRanges } from '../time/wider-ranges';
import { QueryBox } from './query-box';
import { SpanList } from './span-list';
import { ORDERS, readSpansSearch, type SpanOrder, type SpansSearch } from './spans-search';
import './spans-page.css';

const route = getRouteApi('/spans');
const WHAT = 'The list of spans';

export function SpansPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const range = rangeOf(search);
  const order = search.sort ?? '-timestamp';
  const zone = useZone();
  const box = useRef<HTMLInputElement>(null);

  const refresh = useAutoRefresh();
  const everyMs = refreshMillis(range);
  const options = spanListQuery({ ...range, query: search.q ?? '*', sort: order });
  const list = useInfiniteQuery({
    ...options,
    refetchInterval: ({ state }) => {
      const refreshing = refresh.stateFor(everyMs, state.data?.pages.length ?? 0);
      return refetchEvery(refreshing.kind === 'running' && refreshing.everyMs)({ state });
    },
  });
  const pages = list.data?.pages ?? [];
  const refreshState = refresh.stateFor(everyMs, pages.length);
  const misunderstood = (error: Error | null) => error instanceof ApiError && error.status === 400;
  const stale = useStale(list);

  const change = (next: SpansSearch) => void navigate({ search: readSpansSearch({ ...next }).search });
  const setRange = (next: TimeRange) => change({ ...search, ...next });
  // A link whose times don't move: it must show the same spans when it is read next week.
  const link = () =>
    window.location.origin +
    window.location.pathname +
    searchToString({ ...search, ...absoluteRange(range, serverNow()) });
  useShortcuts('Spans', [
    { keys: '/', label: 'Write a search', run: () => box.current?.focus() },
    { keys: 'r', label: 'Refresh', run: () => void list.refetch() },
    {
      keys: '.',
      label: 'Stop or go on refreshing',
      run: () => refresh.setPaused(refreshState.kind !== 'paused'),
    },
    { keys: 'y', label: 'Copy a link to this list', run: () => void copyText(link()) },
  ]);

  const spans = pages.flatMap((page) => page.spans);
  return (
    <div className="spans-page">
      <title>Spans · Vizsla</title>
      <Breadcrumb>
        <nav className="breadcrumb-path" aria-label="Where this is">
          <Link to="/traces" search={range}>
            Traces
          </Link>
          <span aria-hidden>›</span>
          <h1>Spans</h1>
        </nav>
      </Breadcrumb>
      <TopBarTools>
        <CopyButton text={link} label="Copy link with fixed times" />
        <TimePicker range={range} onChange={setRange} />
      </TopBarTools>
      <div className="spans-page-bar">
        <QueryBox
          ref={box}
          query={search.q ?? ''}
          problem={misunderstood(list.error) ? list.error?.message : undefined}
          onQuery={(q) => change({ ...search, q })}
        />
        <select
          className="input"
          aria-label="Order"
          value={order}
          onChange={(event) => change({ ...search, sort: event.target.value as SpanOrder })}
        >
          {Object.entries(ORDERS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        {spans.length > 0 && (
          <span className="spans-page-count" role="status">
            {list.hasNextPage ? `the first ${formatCount(spans.length)}` : `all ${formatCount(spans.length)}`}
          </span>
        )}
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
        data-scroll-restoration-id="spans"
        className={stale ? 'spans-page-content spans-page-stale' : 'spans-page-content'}
      >
        <QueryState
          what={WHAT}
          query={list}
          skeleton={<RowsSkeleton what="spans" />}
          // What is wrong is said where the search was written.
          insteadOf={(error) =>
            misunderstood(error) && <p className="spans-page-none">Nothing is listed as long as the search is wrong.</p>
          }
        />
        {list.data && spans.length === 0 && (
          <EmptyBlock
            title="No span found"
            actions={
              <>
                {search.q !== undefined && (
                  <Button onClick={() => change({ ...search, q: '' })}>Show all spans of this time</Button>
                )}
                <WiderRanges range={range} onChoose={setRange} />
              </>
            }
          >
            {search.q === undefined ? 'No span began' : 'No span that the search wants began'} in “
            {describeTimeRange(range, zone)}”.
          </EmptyBlock>
        )}
        {spans.length > 0 && <SpanList spans={spans} order={order} listProps={refresh.listProps} />}
        {list.hasNextPage && (
          <div className="spans-page-more">
            <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
              {list.isFetchingNextPage ? 'Loading…' : 'Load more spans'}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
