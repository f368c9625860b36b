// Why a part of the screen is missing, and what to do. Other parts keep working.

import { LogIn, RotateCw, TriangleAlert } from 'lucide-react';
import { ApiError } from '../api/errors';
import { Button } from './button';
import { CopyButton } from './copy-button';
import { useAutomaticRetry } from './use-automatic-retry';
import './error-block.css';

interface ErrorBlockProps {
  what: string;
  error: Error;
  retrying: boolean;
  onRetry: () => void;
}

export function ErrorBlock({ what, error, retrying, onRetry }: ErrorBlockProps) {
  const { requestId, code } = error instanceof ApiError ? error : {};
  const again = useAutomaticRetry(error, retrying, onRetry);
  return (
    <div className="error-block" role="alert">
      <TriangleAlert size={20} aria-hidden />
      <div className="error-block-text">
        <p className="error-block-what">{what}</p>
        <p>{error.message}</p>
        {adviceFor(error) && <p className="error-block-advice">{adviceFor(error)}</p>}
        <div className="error-block-actions">
          {code === 'unauthorized' && (
            <Button variant="primary" icon={<LogIn size={14} aria-hidden />} onClick={() => window.location.reload()}>
              Sign in
            </Button>
          )}
          <Button icon={<RotateCw size={14} aria-hidden />} onClick={onRetry} disabled={retrying}>
            {retrying ? 'Trying again…' : 'Try again'}
          </Button>
          {again !== null && <CountDown seconds={again} />}
          <CopyButton text={() => errorDetails(what, error)} label="Copy what went wrong" caption="Copy details" />
          {requestId && (
            <span className="error-block-request">
              Request <code>{requestId}</code>
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

// Without a word to screen readers: they would be told every second.
export function CountDown({ seconds }: { seconds: number }) {
  return (
    <span className="error-block-countdown" aria-hidden>
      by itself in {seconds} s
    </span>
  );
}

// For a ticket or a chat.
export function errorDetails(what: string, error: Error): string {
  const { code, status, requestId, asked } = error instanceof ApiError ? error : {};
  const lines = [
    what,
    error.message,
    status && `HTTP status: ${status}`,
    code && `Code: ${code}`,
    requestId && `Request id: ${requestId}`,
    asked && `Asked: ${asked}`,
    `Page: ${window.location.href}`,
    `Time: ${new Date().toISOString()}`,
  ];
  return lines.filter(Boolean).join('\n');
}

function adviceFor(error: Error): string | null {
  if (!(error instanceof ApiError)) return null;
  switch (error.code) {
    case 'unreachable':
      return 'Check that vizsla serve is running. This page goes on by itself when it is back.';
    case 'unreadable':
      return 'When a proxy stands before Vizsla, it may have answered in its place.';
    case 'unauthorized':
      return 'Signing in leads back to this address.';
    case 'unavailable':
      return 'The server is busy. Traces are still being taken in.';
    case 'timeout':
      return 'A shorter time range is answered faster.';
    case 'invalid_input':
      return null;
    default:
      return error.requestId ? 'The server’s log has a line with this request’s id.' : null;
  }
}
