// One service: how an operation of it went, what it was asked for, and traces to look at.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { baseUrl } from '../../api/base-path';
import { refetchEvery, serviceQuery } from '../../api/queries';
import { pageTitle } from '../../format/page-title';
import { ServiceName } from '../../ui/service-name';
import { Breadcrumb } from '../../ui/top-bar-slots';
import { ExemplarTraces } from '../over-time/exemplar-traces';
import { OverTimePage } from '../over-time/over-time-page';
import { readDurations } from '../over-time/over-time-search';
import { useOverTime } from '../over-time/use-over-time';
import { searchToString } from '../search-params';
import { useColumns } from '../table/use-columns';
import { Callers } from './callers';
import { OperationPicker } from './operation-picker';
import { RESOURCE_COLUMNS } from './resource-columns';
import { ResourcesBlock } from './resources-block';
import { readServiceSearch, type ServiceSearch } from './service-search';

const route = getRouteApi('/services/$service');

export function ServicePage() {
  const { service } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { frame, range, known, everyMs, asked, scope } = useOverTime(search);
  const options = serviceQuery(service, { ...asked, ...(search.op !== undefined && { operation: search.op }) });
  const answer = useQuery({ ...options, enabled: known, refetchInterval: refetchEvery(everyMs) });
  const { data } = answer;
  const change = (next: object, replace = false) =>
    void navigate({ search: readServiceSearch({ ...next }).search, replace });
  const setTable = (changed: Partial<Record<keyof ServiceSearch, string | undefined>>, replace: boolean) =>
    change({ ...search, ...changed }, replace);
  const columns = useColumns(RESOURCE_COLUMNS, 'resourceColumns', search.cols, (cols) => setTable({ cols }, true));
  const hrefOf = (hash: string) =>
    `${baseUrl()}/services/${encodeURIComponent(service)}/resources/${hash}${searchToString(scope)}`;

  return (
    <>
      <title>{pageTitle(service)}</title>
      <Breadcrumb>
        <nav className="breadcrumb-path" aria-label="Where this is">
          <Link to="/services" search={scope}>
            Services
          </Link>
          <span aria-hidden>›</span>
          <h1>{data ? <ServiceName service={data.service} /> : service}</h1>
        </nav>
      </Breadcrumb>
      <OverTimePage
        what={`The service ${service}`}
        search={search}
        onSearch={change}
        {...frame}
        answer={answer}
        inLink={columns.inLink === undefined ? {} : { cols: columns.inLink }}
        answerKey={options.queryKey}
        lastSeenNs={data?.last_seen_ns}
        header={
          data && (
            <>
              <OperationPicker data={data} onChoose={(op) => change({ ...search, op })} />
              {data.is_dependency && <Callers callers={data.called_by} scope={scope} />}
            </>
          )
        }
      >
        {data && (
          <>
            <ResourcesBlock
              service={service}
              env={data.env}
              operation={data.operation}
              range={range}
              search={search}
              columns={columns}
              refetchMs={everyMs}
              onSearch={setTable}
              hrefOf={hrefOf}
              onOpen={(hash) =>
                void navigate({ to: '/services/$service/resources/$hash', params: { service, hash }, search: scope })
              }
            />
            <ExemplarTraces
              of={{ service, operation: data.operation }}
              env={data.env}
              range={range}
              durations={search.dur === undefined ? null : readDurations(search.dur)}
              kind={search.traces ?? 'slowest'}
              onKind={(traces) => change({ ...search, traces })}
              withResource
            />
          </>
        )}
      </OverTimePage>
    </>
  );
}
