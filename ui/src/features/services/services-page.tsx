// All services of an environment in numbers, or on an empty installation the help to send the first span.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef } from 'react';
import { refetchEvery, serviceListQuery, statusQuery } from '../../api/queries';
import { serverNow } from '../../api/server-clock';
import type { ServiceList } from '../../api/types';
import { CopyButton } from '../../ui/copy-button';
import { QueryProgress, QueryState, useStale } from '../../ui/query-state';
import { useShortcuts } from '../../ui/shortcuts';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { copyText } from '../../ui/use-copy';
import { EnvPicker } from '../env/env-picker';
import { useEnv } from '../env/use-env';
import { scopeOf } from '../over-time/over-time-search';
import { searchToString } from '../search-params';
import { SetupHelp } from '../setup/setup-help';
import { useSetupHelpShown } from '../setup/use-setup-help-shown';
import { ColumnPicker } from '../table/column-picker';
import { moveFocus } from '../table/data-table';
import { useColumns } from '../table/use-columns';
import { RefreshControl } from '../time/refresh-control';
import { TimePicker } from '../time/time-picker';
import { absoluteRange, rangeOf, refreshMillis } from '../time/time-range';
import { useAutoRefresh } from '../time/use-auto-refresh';
import { NameFilter } from './name-filter';
import { CHOICE } from './service-columns';
import { ServiceTotals } from './service-totals';
import { ServicesLists } from './services-lists';
import { type ServicesSearch, withServicesRange } from './services-search';
import { ServicesSkeleton } from './services-skeleton';
import { TypeFacet } from './type-facet';
import './services-page.css';

const route = getRouteApi('/services');
const WHAT = 'The list of services';

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
  const options = serviceListQuery({ ...range, ...(env !== undefined && { env }) });
  const list = useQuery({
    ...options,
    enabled: known,
    refetchInterval: refetchEvery(refreshState.kind === 'running' && refreshState.everyMs),
  });
  const stale = useStale(list);

  const content = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const change = (next: ServicesSearch, replace = false) => void navigate({ search: next, replace });
  const open = (service: string) =>
    void navigate({
      to: '/services/$service',
      params: { service },
      search: scopeOf({ ...search, ...(env !== undefined && { env }) }),
    });

  function leave() {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  function goToFilter() {
    filter.current?.focus();
    filter.current?.select();
  }

  const columns = useColumns(CHOICE, 'serviceColumns', search.cols, (cols) => {
    const { cols: _, ...rest } = search;
    change(cols === undefined ? rest : { ...rest, cols }, true);
  });
  const link = () => absoluteLink({ ...search, ...(columns.inLink && { cols: columns.inLink }) }, list.data);
  useShortcuts('Services', [
    { keys: 'j', label: 'Next service', run: () => moveFocus(content.current, 1) },
    { keys: 'k', label: 'Previous service', run: () => moveFocus(content.current, -1) },
    { keys: 'Enter', label: 'Open the service' },
    { keys: 'Escape', label: 'Leave the list', run: leave },
    { keys: '/', label: 'Filter by name', run: goToFilter },
    { keys: 'r', label: 'Refresh', run: () => void list.refetch() },
    { keys: '.', label: 'Stop or go on refreshing', run: () => refresh.setPaused(refreshState.kind !== 'paused') },
    { keys: 'y', label: 'Copy a link to this list', run: () => void copyText(link()) },
  ]);

  return (
    <div className="services-page">
      <TopBarTools>
        <CopyButton text={link} label="Copy link with fixed times" />
        <EnvPicker env={env ?? list.data?.env} all={envs} onChange={(next) => change({ ...search, env: next })} />
        <TimePicker range={range} onChange={(next) => change(withServicesRange(search, next))} />
      </TopBarTools>
      <div className="services-page-bar">
        {list.data && <ServiceTotals list={list.data} />}
        <span className="services-page-space" />
        {list.data && (
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
          onEnter={() => moveFocus(content.current, 1)}
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
        <span className="services-page-space" />
        <ColumnPicker columns={columns} screen="Services" />
      </div>
      <QueryProgress what={WHAT} query={list} keys={[options.queryKey]} />
      <div className="services-page-main">
        <div
          ref={content}
          data-scroll-restoration-id="services"
          className={stale ? 'services-page-content services-page-stale' : 'services-page-content'}
        >
          <QueryState what={WHAT} query={list} skeleton={<ServicesSkeleton shown={columns.shown} />} />
          {list.data && (
            <div {...refresh.listProps}>
              <ServicesLists list={list.data} search={search} columns={columns} onChange={change} onOpen={open} />
            </div>
          )}
        </div>
      </div>
    </div>
  );
}

// A link whose times don't move, and that names the environment: it must show the same services when it is read next week.
function absoluteLink(search: ServicesSearch, list: ServiceList | undefined): string {
  const fixed = { ...search, env: list?.env ?? search.env, ...absoluteRange(rangeOf(search), serverNow()) };
  return `${window.location.origin}${window.location.pathname}${searchToString(fixed)}`;
}
