// Where to look first: what stands out in an environment, what was looked at last, and what to try on the demo. On an empty
// installation the help to send the first span.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { refetchEvery, serviceListQuery, statusQuery } from '../../api/queries';
import { serverNow } from '../../api/server-clock';
import type { ServiceList } from '../../api/types';
import { formatTime, millisOf } from '../../format/time';
import type { Zone } from '../../format/zone';
import { QueryProgress, QueryState, useStale } from '../../ui/query-state';
import { useShortcuts } from '../../ui/shortcuts';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { useLastingError } from '../../ui/use-lasting-error';
import { useZone } from '../../ui/zone';
import { EnvPicker } from '../env/env-picker';
import { useEnv } from '../env/use-env';
import { RecentlyViewedList } from '../recent/recently-viewed-list';
import { NoRequests } from '../services/services-empty';
import { SetupHelp } from '../setup/setup-help';
import { useSetupHelpShown } from '../setup/use-setup-help-shown';
import { describeTimeRange } from '../time/range-label';
import { RefreshControl } from '../time/refresh-control';
import { TimePicker } from '../time/time-picker';
import { previousRange, rangeOf, refreshMillis } from '../time/time-range';
import { useAutoRefresh } from '../time/use-auto-refresh';
import { DemoTasks } from './demo-tasks';
import { FindingCards } from './finding-cards';
import { FindingsSkeleton } from './findings-skeleton';
import { withHomeRange } from './home-search';
import './home-page.css';

const route = getRouteApi('/');
const WHAT = 'What needs a look';

export function HomePage() {
  const status = useQuery(statusQuery());
  const help = useSetupHelpShown(status.data);
  return (
    <>
      <title>Home · Vizsla</title>
      <Breadcrumb>
        <h1>Home</h1>
      </Breadcrumb>
      {help.shown && status.data ? (
        <SetupHelp status={status.data} doneLabel="Show what needs a look" onDone={help.dismiss} />
      ) : (
        <div className="home-page">
          <NeedsALook />
          <div className="home-page-columns">
            <DemoTasks />
            <RecentlyViewedList />
          </div>
        </div>
      )}
    </>
  );
}

function NeedsALook() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const range = rangeOf(search);
  const zone = useZone();
  const { from, to } = range;
  // Kept while the range is the same: ends that are the present moment would be another question each time.
  const earlier = useMemo(() => previousRange({ from, to }, serverNow()), [from, to]);
  const { env, known, all: envs } = useEnv(search.env);

  const refresh = useAutoRefresh();
  const refreshState = refresh.stateFor(refreshMillis(range), 1);
  const asked = {
    enabled: known,
    refetchInterval: refetchEvery(refreshState.kind === 'running' && refreshState.everyMs),
  };
  const ofEnv = env === undefined ? {} : { env };
  const nowOptions = serviceListQuery({ ...range, ...ofEnv });
  const beforeOptions = serviceListQuery({ ...earlier, ...ofEnv, fit: false });
  const now = useQuery({ ...nowOptions, ...asked });
  const before = useQuery({ ...beforeOptions, ...asked });
  const errorBefore = useLastingError(before);
  const pending = now.isPending || (before.isPending && !errorBefore && !now.error);

  const change = (next: typeof search) => void navigate({ search: next });
  const ask = () => {
    void now.refetch();
    void before.refetch();
  };
  // Of both, as one.
  const both = {
    data: pending ? undefined : now.data,
    error: now.error ?? (before.data ? before.error : null),
    isPending: pending,
    isFetching: now.isFetching || (before.isPending && before.isFetching),
    refetch: ask,
  };
  const stale = useStale(both);
  useShortcuts('Home', [
    { keys: 'r', label: 'Refresh', run: ask },
    { keys: '.', label: 'Stop or go on refreshing', run: () => refresh.setPaused(refreshState.kind !== 'paused') },
  ]);

  return (
    <section aria-labelledby="home-look">
      <TopBarTools>
        <EnvPicker env={env ?? now.data?.env} all={envs} onChange={(next) => change({ ...search, env: next })} />
        <TimePicker range={range} onChange={(next) => change(withHomeRange(search, next))} />
      </TopBarTools>
      <div className="home-page-head">
        <h2 id="home-look">What needs a look</h2>
        <p>
          {describeTimeRange(range, zone)}, against{' '}
          {before.data ? describeTimes(before.data, zone) : 'the equal time before'}
        </p>
        <span className="home-page-space" />
        {now.data && (
          <RefreshControl
            state={refreshState}
            updatedAt={now.dataUpdatedAt}
            onRefresh={ask}
            onPause={refresh.setPaused}
          />
        )}
      </div>
      <QueryProgress what={WHAT} query={both} keys={[nowOptions.queryKey, beforeOptions.queryKey]} />
      <QueryState what={WHAT} query={both} skeleton={<FindingsSkeleton />} />
      {now.data && !pending && (
        <div className={stale ? 'home-page-stale' : undefined} {...refresh.listProps}>
          {now.data.services.length === 0 ? (
            <NoRequests env={now.data.env} range={search} onChoose={(next) => change(withHomeRange(search, next))} />
          ) : (
            <FindingCards
              now={now.data}
              before={before.data}
              errorBefore={errorBefore}
              retrying={before.isFetching}
              onRetry={() => void before.refetch()}
              search={{ ...search, env: now.data.env }}
            />
          )}
        </div>
      )}
    </section>
  );
}

function describeTimes({ from_ns, to_ns }: ServiceList, zone: Zone): string {
  const clock = (ns: string) => formatTime(millisOf(ns), serverNow(), zone).slice(0, -':00.000'.length);
  return `${clock(from_ns)} – ${clock(to_ns)}`;
}
