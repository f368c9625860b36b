// Traces to look at: the slowest, those that failed, usual ones, and the newest.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ExemplarsOf, exemplarsQuery } from '../../api/queries';
import type { Exemplar } from '../../api/types';
import { formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { formatPercent } from '../../format/percent';
import { ErrorBadge } from '../../ui/badges';
import { Button } from '../../ui/button';
import { Duration } from '../../ui/duration';
import { MiddleTruncate } from '../../ui/middle-truncate';
import { QueryProgress, QueryState } from '../../ui/query-state';
import { RowsSkeleton } from '../../ui/rows-skeleton';
import { ClockTime } from '../../ui/time';
import type { TimeRange } from '../time/time-range';
import { type DurationRange, TRACE_KINDS, type TraceKind } from './over-time-search';
import './exemplar-traces.css';

const LABELS: Record<TraceKind, string> = {
  slowest: 'Slowest',
  errors: 'Errors',
  typical: 'Typical',
  newest: 'Newest',
};
const NONE: Record<TraceKind, string> = {
  slowest: 'No trace of this time is stored.',
  errors: 'No request failed.',
  typical: 'No trace near the median is stored.',
  newest: 'No trace of this time is stored.',
};
const ROWS = 20;

interface ExemplarTracesProps {
  of: ExemplarsOf;
  env: string | undefined;
  range: TimeRange;
  durations: DurationRange | null;
  kind: TraceKind;
  onKind: (kind: TraceKind) => void;
  // Of several resources: each says its own.
  withResource: boolean;
}

export function ExemplarTraces({ of, env, range, durations, kind, onKind, withResource }: ExemplarTracesProps) {
  const options = exemplarsQuery(of, {
    ...range,
    ...(env !== undefined && { env }),
    ...(durations && { min_ns: durations.minNs, max_ns: durations.maxNs }),
    limit: ROWS,
  });
  const answer = useQuery(options);
  const rows = answer.data?.[kind] ?? [];
  return (
    <section className="exemplars" aria-labelledby="exemplars-title">
      <div className="exemplars-head">
        <h2 id="exemplars-title">Traces</h2>
        <div className="exemplars-kinds">
          {TRACE_KINDS.map((each) => (
            <Button key={each} variant="plain" aria-pressed={each === kind} onClick={() => onKind(each)}>
              {LABELS[each]}
            </Button>
          ))}
        </div>
        {durations && (
          <span className="exemplars-durations">
            of {formatDuration(durations.minNs)} to {formatDuration(durations.maxNs)}
          </span>
        )}
      </div>
      <QueryProgress what="The list of traces" query={answer} keys={[options.queryKey]} />
      <QueryState what="The list of traces" query={answer} skeleton={<RowsSkeleton what="traces" />} />
      {answer.data && rows.length === 0 && (
        <p className="exemplars-none">
          {durations ? 'No stored trace has such a duration.' : NONE[kind]}
          {answer.data.requests > 0 && ` ${formatCountOf(answer.data.requests, 'request')} of this time are counted.`}
        </p>
      )}
      {rows.length > 0 && (
        <ol className="exemplars-list" aria-label={`${LABELS[kind]} traces`}>
          {rows.map((exemplar) => (
            <ExemplarRow
              key={`${exemplar.trace_id} ${exemplar.span_id}`}
              exemplar={exemplar}
              slowestNs={rows.reduce((most, each) => Math.max(most, each.duration_ns), 1)}
              withResource={withResource}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

interface RowProps {
  exemplar: Exemplar;
  slowestNs: number;
  withResource: boolean;
}

// The whole row is the link to the span in its trace.
function ExemplarRow({ exemplar, slowestNs, withResource }: RowProps) {
  const { trace_id, span_id, start_ns, duration_ns, error, rank, resource, error_type, error_message } = exemplar;
  const failure = [error_type, error_message].filter(Boolean).join(': ');
  return (
    <li>
      <Link
        to="/trace/$traceId"
        params={{ traceId: trace_id }}
        search={{ span: BigInt(span_id).toString(16).padStart(16, '0') }}
        className="exemplar-row"
        data-row-link
        draggable={false}
      >
        <span className="exemplar-time">
          <ClockTime ns={start_ns} />
        </span>
        <span className="exemplar-duration">
          <Duration ns={duration_ns} />
          <svg className="share-bar" width={64} height={8} aria-hidden>
            <rect className="share-bar-part" width={Math.max(1.5, (64 * duration_ns) / slowestNs)} height={8} rx={2} />
          </svg>
        </span>
        <span className="exemplar-rank" title="The share of this time’s requests that took no longer">
          {rank < 1 ? `slower than ${formatPercent(Math.floor(rank * 1e4) / 100)}` : 'slower than all others'}
        </span>
        {withResource && (
          <span className="exemplar-resource">
            <MiddleTruncate text={resource} />
          </span>
        )}
        <span className="exemplar-error" title={failure || undefined}>
          {error ? <ErrorBadge /> : <span className="table-none">ok</span>} <bdi>{failure}</bdi>
        </span>
      </Link>
    </li>
  );
}
