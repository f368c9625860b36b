import { Link } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { type CSSProperties, type MouseEvent, memo } from 'react';
import type { TraceSummary } from '../../api/types';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { ErrorBadge, HttpStatus, Pill } from '../../ui/badges';
import { Duration } from '../../ui/duration';
import { MiddleTruncate } from '../../ui/middle-truncate';
import { ServiceName } from '../../ui/service-name';
import { ClockTime } from '../../ui/time';

const TOO_LARGE = 'More spans than one answer may hold. What stands here is of one of them.';

interface TraceRowProps {
  trace: TraceSummary;
  // Length of the bar behind the duration, 0…1.
  barShare: number;
}

// One trace of the list. The whole row is the link, so that every way of opening a link works.
export const TraceRow = memo(function TraceRow({ trace, barShare }: TraceRowProps) {
  return (
    <li>
      <Link
        to="/trace/$traceId"
        params={{ traceId: trace.trace_id }}
        className="trace-row"
        data-row-link
        draggable={false}
        aria-label={describe(trace)}
        onClick={keepSelection}
      >
        <span className="trace-row-time">
          <ClockTime ns={trace.start_ns} />
        </span>
        <ServiceName service={trace.service} />
        <span className="trace-row-resource">
          {trace.http_method && !trace.resource.startsWith(trace.http_method) && <Pill>{trace.http_method}</Pill>}
          <MiddleTruncate text={trace.resource || trace.operation} />
          {trace.root_missing && (
            <Pill title="The root span hasn’t arrived; this is the first entry span.">no root yet</Pill>
          )}
          {trace.arriving && (
            <span className="trace-row-arriving" title="A span of it came within the last ten seconds" />
          )}
        </span>
        <span className="trace-row-duration">
          <Duration ns={trace.duration_ns} />
          <span className="trace-row-bar" style={{ '--share': barShare } as CSSProperties} aria-hidden />
        </span>
        <span className="trace-row-number" title={trace.spans === null ? TOO_LARGE : undefined}>
          {trace.spans === null ? 'very many' : formatCount(trace.spans)}
        </span>
        <span className="trace-row-number">
          {trace.errors ? (
            <span className="trace-row-errors">
              <CircleAlert size={12} aria-hidden />
              {formatCount(trace.errors)}
            </span>
          ) : (
            <span className="trace-row-none">–</span>
          )}
        </span>
        <span className="trace-row-status">
          <TraceStatus trace={trace} />
        </span>
        <span
          className="trace-row-error"
          title={trace.error ? `${trace.error.service}: ${errorText(trace)}` : undefined}
        >
          {errorText(trace)}
        </span>
      </Link>
    </li>
  );
});

function TraceStatus({ trace }: { trace: TraceSummary }) {
  if (trace.http_status > 0) {
    return (
      <>
        <HttpStatus code={trace.http_status} />
        {trace.status === 'error' && trace.http_status < 500 && <ErrorBadge />}
      </>
    );
  }
  return trace.status === 'error' ? <ErrorBadge /> : <span className="trace-row-none">ok</span>;
}

function errorText({ error }: TraceSummary): string {
  if (!error) return '';
  return [error.type, error.message].filter(Boolean).join(': ');
}

// What a row says when it is read out: the columns alone would be a row of bare numbers.
function describe(trace: TraceSummary): string {
  const parts = [
    `${trace.service.name} ${trace.resource || trace.operation}`,
    formatDuration(trace.duration_ns),
    trace.spans === null ? 'very many spans' : formatCountOf(trace.spans, 'span'),
    trace.errors ? formatCountOf(trace.errors, 'error') : trace.errors === 0 && 'no errors',
    trace.http_status > 0 ? `status ${trace.http_status}` : trace.status,
    errorText(trace),
    trace.arriving && 'still arriving',
  ];
  return parts.filter(Boolean).join(', ');
}

// Selecting text in a row isn't a click on it.
function keepSelection(event: MouseEvent) {
  const selection = window.getSelection();
  if (selection && !selection.isCollapsed && event.currentTarget.contains(selection.anchorNode)) event.preventDefault();
}
