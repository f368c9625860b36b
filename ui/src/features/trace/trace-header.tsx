import { Link } from '@tanstack/react-router';
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { getTraceText } from '../../api/client';
import { formatCount } from '../../format/count';
import { shortId } from '../../format/id';
import { pageTitle } from '../../format/page-title';
import { ErrorBadge, HttpStatus } from '../../ui/badges';
import { IconButton } from '../../ui/button';
import { CopyButton } from '../../ui/copy-button';
import { Count } from '../../ui/count';
import { Duration } from '../../ui/duration';
import { MiddleTruncate } from '../../ui/middle-truncate';
import { ServiceName } from '../../ui/service-name';
import { ClockTime, RelativeTime } from '../../ui/time';
import { Breadcrumb, TopBarTools } from '../../ui/top-bar-slots';
import { Fact } from './fact';
import { spanText } from './span-text';
import { useSession } from './trace-session';
import { TraceWarnings } from './trace-warnings';
import './trace-header.css';

// Columns. Wide enough for names, narrow enough for a ticket or a chat.
const TEXT_WIDTH = 120;

interface TraceHeaderProps {
  onReload: () => void;
  onShowSpan: (span: number) => void;
  // Beside the title.
  search: ReactNode;
  // At the end of the header.
  children: ReactNode;
}

export function TraceHeader({ onReload, onShowSpan, search, children }: TraceHeaderProps) {
  // Of the whole trace, whatever of it is shown.
  const { skeleton, traceId } = useSession();
  const root = spanText({ skeleton }, skeleton.root);
  const resource = root.resource || root.operation;
  return (
    <>
      <title>{pageTitle(resource, root.service.name)}</title>
      <Breadcrumb>
        <Link to="/traces">Traces</Link>
        <span aria-hidden>/</span>
        <span className="trace-header-id">
          Trace <code title={traceId}>{shortId(traceId)}</code>
        </span>
        <CopyButton text={traceId} label="Copy the trace id" />
      </Breadcrumb>
      <TopBarTools>
        <CopyButton
          text={() => getTraceText(traceId, TEXT_WIDTH)}
          label="Copy the trace as text, as vizsla trace prints it"
          caption="Copy as text"
        />
        <CopyButton text={() => window.location.href} label="Copy a link to this view" caption="Copy link" />
      </TopBarTools>
      <header className="trace-header">
        <h1 className="trace-header-title">
          <ServiceName service={root.service} />
          <span className="trace-header-separator" aria-hidden>
            ›
          </span>
          <MiddleTruncate text={resource} className="trace-header-resource" />
          {root.httpStatus > 0 && <HttpStatus code={root.httpStatus} />}
          {skeleton.spans.error[skeleton.root] === 1 && root.httpStatus < 500 && <ErrorBadge />}
        </h1>
        {search}
        <dl className="trace-header-facts">
          <Fact name="Duration" strong>
            <Duration ns={skeleton.duration_ns} />
          </Fact>
          <Fact name="Started">
            <ClockTime ns={skeleton.start_ns} />{' '}
            <span className="trace-header-relative">
              (<RelativeTime ns={skeleton.start_ns} />)
            </span>
          </Fact>
          <Fact name="Spans">
            <Count value={skeleton.span_count} />
          </Fact>
          <Fact name="Services">{formatCount(skeleton.services.length)}</Fact>
          <Fact name="Errors" tone={skeleton.error_count > 0 ? 'error' : undefined}>
            <Count value={skeleton.error_count} />
          </Fact>
          <Fact name="Depth">{formatCount(skeleton.depth)}</Fact>
        </dl>
        {skeleton.arriving && (
          <span className="trace-header-arriving" role="status">
            Spans are still arriving; reloading every 5 s
            <IconButton label="Reload now" icon={<RotateCw size={14} aria-hidden />} onClick={onReload} />
          </span>
        )}
        <TraceWarnings onShowSpan={onShowSpan} />
        {children}
      </header>
    </>
  );
}
