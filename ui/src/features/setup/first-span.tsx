import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { newestTraceQuery } from '../../api/queries';
import type { Status } from '../../api/types';
import { formatCountOf } from '../../format/count';
import { distance } from '../../format/relative-time';
import { millisOf } from '../../format/time';
import { Button } from '../../ui/button';
import { useNow } from '../../ui/use-now';
import './first-span.css';

interface FirstSpanProps {
  status: Status;
  doneLabel: string;
  onDone: () => void;
}

// Waits for the first span, and turns green by itself when it is there.
export function FirstSpan({ status, doneLabel, onDone }: FirstSpanProps) {
  return (
    <div className={status.first_span_received ? 'first-span first-span-here' : 'first-span'} role="status">
      {status.first_span_received ? (
        <Arrived stored={status.spans_stored} doneLabel={doneLabel} onDone={onDone} />
      ) : (
        <Waiting startedNs={status.started_ns} />
      )}
    </div>
  );
}

function Waiting({ startedNs }: { startedNs: string }) {
  return (
    <>
      <span className="first-span-pulse" aria-hidden />
      <div>
        <h2>Waiting for the first span…</h2>
        {/* Counts up every second; read out once is enough. */}
        <p aria-live="off">
          Listening for <Uptime startedNs={startedNs} />. This page notices by itself.
        </p>
      </div>
    </>
  );
}

function Uptime({ startedNs }: { startedNs: string }) {
  const now = useNow();
  return <>{distance(Math.max(0, now - millisOf(startedNs)))}</>;
}

interface ArrivedProps {
  stored: number;
  doneLabel: string;
  onDone: () => void;
}

function Arrived({ stored, doneLabel, onDone }: ArrivedProps) {
  const newest = useQuery(newestTraceQuery());
  return (
    <>
      <CircleCheck size={24} aria-hidden />
      <div>
        <h2>The first span is here</h2>
        <p>{formatCountOf(Math.max(1, stored), 'span')} stored.</p>
      </div>
      <Button onClick={onDone}>{doneLabel}</Button>
      {newest.data && (
        <Link className="button button-primary" to="/trace/$traceId" params={{ traceId: newest.data.trace_id }}>
          Open the first trace
        </Link>
      )}
    </>
  );
}
