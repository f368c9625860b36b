import { Link } from '@tanstack/react-router';
import { type CSSProperties, memo, useRef } from 'react';
import type { FoundSpan } from '../../api/types';
import { ErrorBadge, HttpStatus } from '../../ui/badges';
import { Duration } from '../../ui/duration';
import { MiddleTruncate } from '../../ui/middle-truncate';
import { ServiceName } from '../../ui/service-name';
import { useShortcuts } from '../../ui/shortcuts';
import { ClockTime } from '../../ui/time';
import { moveFocus } from '../table/data-table';
import type { AutoRefresh } from '../time/use-auto-refresh';
import { durationBars } from '../traces/trace-list';
import { ORDERS, type SpanOrder } from './spans-search';
import './span-list.css';

const COLUMNS = ['Time', 'Service', 'Operation', 'Resource', 'Duration', 'Status', 'Error'];

interface SpanListProps {
  spans: readonly FoundSpan[];
  order: SpanOrder;
  listProps: AutoRefresh['listProps'];
}

export function SpanList({ spans, order, listProps }: SpanListProps) {
  const list = useRef<HTMLOListElement>(null);

  useShortcuts('Spans', [
    { keys: 'j', label: 'Next span', run: () => moveFocus(list.current, 1) },
    { keys: 'k', label: 'Previous span', run: () => moveFocus(list.current, -1) },
    { keys: 'Enter', label: 'Open its trace' },
  ]);

  const barShare = durationBars(spans);
  return (
    <>
      <div className="span-list-header" aria-hidden>
        {COLUMNS.map((name) => (
          <span key={name}>{name}</span>
        ))}
      </div>
      <ol ref={list} className="span-list" aria-label={`Spans, ${ORDERS[order]}`} {...listProps}>
        {spans.map((span) => (
          <SpanRow
            key={`${span.trace_id} ${span.span_id} ${span.start_ns}`}
            span={span}
            barShare={barShare(span.duration_ns)}
          />
        ))}
      </ol>
    </>
  );
}

// The whole row is the link to the span in its trace.
const SpanRow = memo(function SpanRow({ span, barShare }: { span: FoundSpan; barShare: number }) {
  const failure = [span.error?.type, span.error?.message].filter(Boolean).join(': ');
  return (
    <li>
      <Link
        to="/trace/$traceId"
        params={{ traceId: span.trace_id }}
        search={{ span: span.span_id }}
        className="span-list-row"
        data-row-link
        draggable={false}
      >
        <span>
          <ClockTime ns={span.start_ns} />
        </span>
        <ServiceName service={span.service} />
        <span className="span-list-operation" title={span.operation}>
          {span.operation}
        </span>
        <span>
          <MiddleTruncate text={span.resource} />
        </span>
        <span className="span-list-duration">
          <Duration ns={span.duration_ns} />
          <span className="span-list-bar" style={{ '--share': barShare } as CSSProperties} aria-hidden />
        </span>
        <span className="span-list-status">
          {span.http_status > 0 && <HttpStatus code={span.http_status} />}
          {span.status === 'error' && span.http_status < 500 && <ErrorBadge />}
          {span.status === 'ok' && span.http_status === 0 && <span className="table-none">ok</span>}
        </span>
        <span className="span-list-error" title={failure || undefined}>
          {failure}
        </span>
      </Link>
    </li>
  );
});
