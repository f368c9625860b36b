// The services that the filters leave, what they depend on, and those that are silent.

import { useMemo } from 'react';
import { baseUrl } from '../../api/base-path';
import type { ServiceList, ServiceRow } from '../../api/types';
import { scopeOf } from '../over-time/over-time-search';
import { searchToString } from '../search-params';
import { DataTable } from '../table/data-table';
import type { ColumnsShown } from '../table/use-columns';
import { DEPENDENCY_COLUMNS, dependencyColumns, serviceColumns, tableFacts } from './service-columns';
import { kindOf } from './service-kind';
import { nameMatches, sortServices } from './service-order';
import { NoMatch, NoRequests } from './services-empty';
import { DEFAULT_SORT, type ServicesSearch, sortOf, withServicesRange, withSort } from './services-search';
import { SilentServices } from './silent-services';

const TRUE_TO = 'All spans are counted, before any sampling; percentiles are right to 1 %, and ~ marks an estimate.';

interface ServicesListsProps {
  list: ServiceList;
  search: ServicesSearch;
  columns: ColumnsShown;
  onChange: (search: ServicesSearch) => void;
  onOpen: (name: string) => void;
}

export function ServicesLists({ list, search, columns, onChange, onOpen }: ServicesListsProps) {
  const { q = '', type } = search;
  const { services, dependencies, serviceFacts, dependencyFacts } = useMemo(() => {
    const rows = list.services.filter((row) => nameMatches(row.name, q) && (!type || kindOf(row) === type));
    const own = rows.filter((row) => !row.is_dependency);
    const called = rows.filter((row) => row.is_dependency);
    return {
      services: own,
      dependencies: called,
      serviceFacts: tableFacts(list, own),
      dependencyFacts: tableFacts(list, called),
    };
  }, [list, q, type]);
  // Nothing is known of a silent service but its name.
  const silent = type ? [] : list.silent.filter(({ name }) => nameMatches(name, q));

  // The same as long as they are, so that rows are.
  const shown = columns.shown.join();
  const [columnsOfServices, columnsOfDependencies] = useMemo(() => {
    const names = shown.split(',');
    return [serviceColumns(names), dependencyColumns(names)];
  }, [shown]);
  const address = useMemo(() => `${baseUrl()}/services`, []);
  // What a service's own page goes on with.
  const scope = scopeOf({ ...search, env: list.env });
  const sort = sortOf(search);
  const knows = DEPENDENCY_COLUMNS.some((column) => column.sort === sort.key) || sort.key === 'name';
  const table = {
    onSort: (next: typeof sort | null) => onChange(withSort(search, next)),
    className: 'service-table',
    keyOf: (row: ServiceRow) => row.name,
    onOpen: (row: ServiceRow) => onOpen(row.name),
    hrefOf: (row: ServiceRow) => `${address}/${encodeURIComponent(row.name)}${searchToString(scope)}`,
    scroller: '.services-page-content',
    chosen: !columns.usual,
  };
  const all = list.services.length + list.silent.length;
  const noneLeft = services.length === 0 && dependencies.length === 0 && silent.length === 0;
  return (
    <>
      {list.services.length === 0 && (
        <NoRequests env={list.env} range={search} onChoose={(range) => onChange(withServicesRange(search, range))} />
      )}
      {noneLeft && all > 0 && <NoMatch search={search} all={all} onChange={onChange} />}
      {services.length > 0 && (
        <DataTable
          {...table}
          caption={`Services of env ${list.env}`}
          about={`Of the entry spans of each service’s primary operation in env ${list.env}. ${TRUE_TO} A service’s own page leads from each number to its spans.`}
          columns={columnsOfServices}
          rows={sortServices(services, sort)}
          facts={serviceFacts}
          sort={sort}
        />
      )}
      {dependencies.length > 0 && (
        <section aria-labelledby="services-dependencies">
          <h2 id="services-dependencies" className="services-section-title">
            Dependencies <small>{dependencies.length}</small>
          </h2>
          <DataTable
            {...table}
            caption={`Dependencies of the services of env ${list.env}`}
            about={`Of the calls that services of env ${list.env} made, as they saw them. ${TRUE_TO}`}
            columns={columnsOfDependencies}
            rows={sortServices(dependencies, knows ? sort : DEFAULT_SORT)}
            facts={dependencyFacts}
            sort={knows ? sort : DEFAULT_SORT}
          />
        </section>
      )}
      {silent.length > 0 && <SilentServices silent={silent} />}
    </>
  );
}
