import { Link } from '@tanstack/react-router';
import { Eye, EyeOff, FileQuestionMark } from 'lucide-react';
import { Button } from '../../ui/button';
import './trace-not-found.css';

interface TraceNotFoundProps {
  traceId: string;
  // The text isn't an id at all.
  malformed: boolean;
  watching: boolean;
  onWatch: (watching: boolean) => void;
}

export function TraceNotFound({ traceId, malformed, watching, onWatch }: TraceNotFoundProps) {
  return (
    <div className="trace-not-found">
      <FileQuestionMark size={24} aria-hidden />
      <h2>{malformed ? 'This is not a trace id' : 'No span of this trace is stored'}</h2>
      <p>
        <code>{traceId}</code>
      </p>
      {malformed ? (
        <p>A trace id has 32 or 16 hex digits, or is a decimal number of up to 39 digits.</p>
      ) : (
        <ul>
          <li>The id may have lost a digit on its way, or belong to another installation.</li>
          <li>The trace may be older than what is kept here.</li>
          <li>The application’s tracer may have sampled it out before sending.</li>
          <li>It may still be on its way: tracers send about once a second, after the request has ended.</li>
        </ul>
      )}
      <div className="trace-not-found-actions">
        {!malformed && (
          <Button
            variant={watching ? 'outline' : 'primary'}
            icon={watching ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
            onClick={() => onWatch(!watching)}
          >
            {watching ? 'Stop watching' : 'Watch for it'}
          </Button>
        )}
        <Link to="/traces" className="button button-outline">
          Recent traces
        </Link>
      </div>
      <p className="trace-not-found-watch" role="status">
        {watching && 'Looking every five seconds. This page shows the trace when it comes.'}
      </p>
    </div>
  );
}
