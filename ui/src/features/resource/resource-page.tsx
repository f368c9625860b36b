// One resource: how it went, how long its requests took, and traces to look at.

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { refetchEvery, resourceQuery } from '../../api/queries';
import { pageTitle } from '../../format/page-title';
import { CopyButton } from '../../ui/copy-button';
import { MiddleTruncate } from '../../ui/middle-truncate';
import { Breadcrumb } from '../../ui/top-bar-slots';
import { ExemplarTraces } from '../over-time/exemplar-traces';
import { OverTimePage } from '../over-time/over-time-page';
import { readDurations, readResourceSearch } from '../over-time/over-time-search';
import { useOverTime } from '../over-time/use-over-time';
import './resource-page.css';

const route = getRouteApi('/services/$service/resources/$hash');

export function ResourcePage() {
  const { service, hash } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { frame, range, known, everyMs, asked, scope } = useOverTime(search);
  const options = resourceQuery(hash, asked);
  const answer = useQuery({ ...options, enabled: known, refetchInterval: refetchEvery(everyMs) });
  const { data } = answer;
  const name = data?.resource ?? hash;
  const change = (next: object) => void navigate({ search: readResourceSearch({ ...next }).search });

  return (
    <>
      <title>{pageTitle(name, service)}</title>
      <Breadcrumb>
        <nav className="breadcrumb-path" aria-label="Where this is">
          <Link to="/services" search={scope}>
            Services
          </Link>
          <span aria-hidden>›</span>
          <Link
            to="/services/$service"
            params={{ service }}
            search={{ ...scope, ...(data && { op: data.operation }) }}
            className="breadcrumb-middle"
          >
            {service}
          </Link>
          <span aria-hidden>›</span>
          <h1 className="breadcrumb-last">
            <MiddleTruncate text={name} />
          </h1>
        </nav>
      </Breadcrumb>
      <OverTimePage
        what={`The resource ${name}`}
        search={search}
        onSearch={change}
        {...frame}
        answer={answer}
        answerKey={options.queryKey}
        header={
          data && (
            <span className="resource-names">
              <code title={data.resource}>{data.resource}</code>
              <CopyButton text={data.resource} label="Copy the resource" />
              <span>
                of <code>{data.operation}</code>
              </span>
            </span>
          )
        }
      >
        {data && (
          <ExemplarTraces
            of={{ hash }}
            env={data.env}
            range={range}
            durations={search.dur === undefined ? null : readDurations(search.dur)}
            kind={search.traces ?? 'slowest'}
            onKind={(traces) => change({ ...search, traces })}
            withResource={false}
          />
        )}
      </OverTimePage>
    </>
  );
}
