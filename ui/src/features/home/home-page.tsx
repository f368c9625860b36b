// Where to look first: what stands out in an environment, what was looked at last, and what to try on the demo. On an empty
// installation the help to send the first span.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { serviceListQuery, statusQuery } from '../../api/queries';
import type { ServiceList } from '../../api/types';
import { formatTime, millisOf } from '../../format/time';
import type { Zone } from '../../format/zone';
import { ErrorBlock } from '../../ui/error-block';
import { ProgressLine } from '../../ui/progress-line';
import { useShortcuts } from '../../ui/shortcuts';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { useLastingError } from '../../ui/use-lasting-error';
import { useSlow } from '../../ui/use-slow';
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
const SKELETON_AFTER_MS = 150;
const STALE_AFTER_MS = 1_000;

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
  const earlier = useMemo(() => previousRange({ from, to }, Date.now()), [from, to]);
  const { env, known, all: envs } = useEnv(search.env);

  const refresh = useAutoRefresh();
  const refreshState = refresh.stateFor(refreshMillis(range), 1);
  const asked = {
    enabled: known,
    refetchInterval: refreshState.kind === 'running' && refreshState.everyMs,
  };
  const ofEnv = env === undefined ? {} : { env };
  const now = useQuery({ ...serviceListQuery({ ...range, ...ofEnv }), ...asked });
  const before = useQuery({ ...serviceListQuery({ ...earlier, ...ofEnv, fit: false }), ...asked });
  const error = useLastingError(now);
  const errorBefore = useLastingError(before);
  const pending = now.isPending || (before.isPending && !errorBefore && !error);
  const loadingSlowly = useSlow(pending, SKELETON_AFTER_MS);
  const stale = useSlow(now.isRefetching, STALE_AFTER_MS);

  const change = (next: typeof search) => void navigate({ search: next });
  const ask = () => {
    void now.refetch();
    void before.refetch();
  };
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
        {now.isSuccess && (
          <RefreshControl
            state={refreshState}
            updatedAt={now.dataUpdatedAt}
            onRefresh={ask}
            onPause={refresh.setPaused}
          />
        )}
      </div>
      <ProgressLine active={now.isFetching && !now.isPending} />
      {loadingSlowly && !error && <FindingsSkeleton />}
      {error && (
        <ErrorBlock what="What needs a look can’t be shown." error={error} retrying={now.isFetching} onRetry={ask} />
      )}
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
  const clock = (ns: string) => formatTime(millisOf(ns), Date.now(), zone).slice(0, -':00.000'.length);
  return `${clock(from_ns)} – ${clock(to_ns)}`;
}
