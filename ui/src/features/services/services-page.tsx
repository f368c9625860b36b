// All services of an environment in numbers, or on an empty installation the help to send the first span.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { serviceListQuery, statusQuery } from '../../api/queries';
import type { ServiceList } from '../../api/types';
import { CopyButton } from '../../ui/copy-button';
import { ErrorBlock } from '../../ui/error-block';
import { ProgressLine } from '../../ui/progress-line';
import { useShortcuts } from '../../ui/shortcuts';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { copyText } from '../../ui/use-copy';
import { useLastingError } from '../../ui/use-lasting-error';
import { useSlow } from '../../ui/use-slow';
import { EnvPicker } from '../env/env-picker';
import { useEnv } from '../env/use-env';
import { searchToString } from '../search-params';
import { SetupHelp } from '../setup/setup-help';
import { useSetupHelpShown } from '../setup/use-setup-help-shown';
import { RefreshControl } from '../time/refresh-control';
import { TimePicker } from '../time/time-picker';
import { absoluteRange, type RangeSearch, rangeOf, refreshMillis } from '../time/time-range';
import { useAutoRefresh } from '../time/use-auto-refresh';
import { NameFilter } from './name-filter';
import { ServicePanel } from './service-panel';
import { ServiceTotals } from './service-totals';
import { ServicesLists } from './services-lists';
import { type ServicesSearch, withServicesRange } from './services-search';
import { ServicesSkeleton } from './services-skeleton';
import { TypeFacet } from './type-facet';
import './services-page.css';

const route = getRouteApi('/services');
const SKELETON_AFTER_MS = 150;
const STALE_AFTER_MS = 1_000;

export function ServicesPage() {
  const status = useQuery(statusQuery());
  const help = useSetupHelpShown(status.data);
  return (
    <>
      <title>Services · Vizsla</title>
      <Breadcrumb>
        <h1>Services</h1>
      </Breadcrumb>
      {help.shown && status.data ? (
        <SetupHelp status={status.data} doneLabel="Show the services" onDone={help.dismiss} />
      ) : (
        <Services />
      )}
    </>
  );
}

function Services() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const range = rangeOf(search);
  const { env, known, all: envs } = useEnv(search.env);

  const refresh = useAutoRefresh();
  const refreshState = refresh.stateFor(refreshMillis(range), 1);
  const list = useQuery({
    ...serviceListQuery({ ...range, ...(env !== undefined && { env }) }),
    enabled: known,
    refetchInterval: refreshState.kind === 'running' && refreshState.everyMs,
  });
  const error = useLastingError(list);
  const loadingSlowly = useSlow(list.isPending, SKELETON_AFTER_MS);
  const stale = useSlow(list.isRefetching, STALE_AFTER_MS);

  const content = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const change = (next: ServicesSearch, replace = false) => void navigate({ search: next, replace });
  const selected = list.data?.services.find((row) => row.name === search.service);
  const select = (service: string | undefined, replace = false) => {
    const { service: _, ...rest } = search;
    change(service === undefined ? rest : { ...rest, service }, replace);
  };

  function moveFocus(step: 1 | -1) {
    const link = linkAfter(content.current, step);
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'nearest' });
    // What is open follows.
    const name = link?.closest<HTMLElement>('[data-service]')?.dataset.service;
    if (selected && name) select(name, true);
  }

  function leave() {
    if (selected) select(undefined);
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  function goToFilter() {
    filter.current?.focus();
    filter.current?.select();
  }

  const link = () => absoluteLink(search, list.data);
  useShortcuts('Services', [
    { keys: 'j', label: 'Next service', run: () => moveFocus(1) },
    { keys: 'k', label: 'Previous service', run: () => moveFocus(-1) },
    { keys: 'Enter', label: 'All figures of the service' },
    { keys: 'Escape', label: 'Close the figures, leave the list', run: leave },
    { keys: '/', label: 'Filter by name', run: goToFilter },
    { keys: 'r', label: 'Refresh', run: () => void list.refetch() },
    { keys: '.', label: 'Stop or go on refreshing', run: () => refresh.setPaused(refreshState.kind !== 'paused') },
    { keys: 'y', label: 'Copy a link to this list', run: () => void copyText(link()) },
  ]);

  return (
    <div className="services-page">
      <TopBarTools>
        <CopyButton text={link} label="Copy link with fixed times" />
        <EnvPicker
          env={env ?? list.data?.env}
          all={envs}
          onChange={(next) => {
            const { service: _, ...rest } = search;
            change({ ...rest, env: next });
          }}
        />
        <TimePicker range={range} onChange={(next) => change(withServicesRange(search, next))} />
      </TopBarTools>
      <div className="services-page-bar">
        {list.data && <ServiceTotals list={list.data} />}
        <span className="services-page-space" />
        {list.isSuccess && (
          <RefreshControl
            state={refreshState}
            updatedAt={list.dataUpdatedAt}
            onRefresh={() => void list.refetch()}
            onPause={refresh.setPaused}
          />
        )}
      </div>
      <div className="services-page-bar services-page-filters">
        <NameFilter
          ref={filter}
          query={search.q ?? ''}
          onQuery={(q) => {
            const { q: _, ...rest } = search;
            change(q ? { ...rest, q } : rest, true);
          }}
          onEnter={() => moveFocus(1)}
        />
        {list.data && (
          <TypeFacet
            rows={list.data.services}
            chosen={search.type}
            onChange={(type) => {
              const { type: _, ...rest } = search;
              change(type ? { ...rest, type } : rest);
            }}
          />
        )}
      </div>
      <ProgressLine active={list.isFetching && !list.isPending} />
      <div className="services-page-main">
        <div
          ref={content}
          data-scroll-restoration-id="services"
          className={stale ? 'services-page-content services-page-stale' : 'services-page-content'}
        >
          {loadingSlowly && !error && <ServicesSkeleton />}
          {error && (
            <ErrorBlock
              what="The list of services can’t be shown."
              error={error}
              retrying={list.isFetching}
              onRetry={() => void list.refetch()}
            />
          )}
          {list.data && (
            <div {...refresh.listProps}>
              <ServicesLists
                list={list.data}
                search={search}
                onChange={change}
                onSelect={(name) => select(name === search.service ? undefined : name)}
              />
            </div>
          )}
        </div>
        {selected && <ServicePanel row={selected} range={rangeSearchOf(search)} onClose={() => select(undefined)} />}
      </div>
    </div>
  );
}

// The row to go on to: from the focused one, else from the first that can be seen.
function linkAfter(content: HTMLElement | null, step: 1 | -1): HTMLElement | undefined {
  const links = Array.from(content?.querySelectorAll<HTMLElement>('.service-link') ?? []);
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at >= 0) return links[Math.min(links.length - 1, Math.max(0, at + step))];
  const top = content?.getBoundingClientRect().top ?? 0;
  return links.find((link) => link.getBoundingClientRect().top >= top) ?? links[0];
}

function rangeSearchOf({ from, to }: ServicesSearch): RangeSearch {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

// A link whose times don't move, and that names the environment: it must show the same services when it is read next week.
function absoluteLink(search: ServicesSearch, list: ServiceList | undefined): string {
  const fixed = { ...search, env: list?.env ?? search.env, ...absoluteRange(rangeOf(search), Date.now()) };
  return `${window.location.origin}${window.location.pathname}${searchToString(fixed)}`;
}
