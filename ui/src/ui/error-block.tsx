// Why a part of the screen is missing, and what to do. Other parts keep working.

import { RotateCw, TriangleAlert } from 'lucide-react';
import { ApiError } from '../api/errors';
import { Button } from './button';
import { CopyButton } from './copy-button';
import './error-block.css';

interface ErrorBlockProps {
  what: string;
  error: Error;
  retrying: boolean;
  onRetry: () => void;
}

export function ErrorBlock({ what, error, retrying, onRetry }: ErrorBlockProps) {
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div className="error-block" role="alert">
      <TriangleAlert size={20} aria-hidden />
      <div>
        <p className="error-block-what">{what}</p>
        <p>{error.message}</p>
        {adviceFor(error) && <p className="error-block-advice">{adviceFor(error)}</p>}
        <div className="error-block-actions">
          <Button icon={<RotateCw size={14} aria-hidden />} onClick={onRetry} disabled={retrying}>
            {retrying ? 'Trying again…' : 'Try again'}
          </Button>
          {requestId && (
            <span className="error-block-request">
              Request <code>{requestId}</code>
              <CopyButton text={requestId} label="Copy request id" />
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

function adviceFor(error: Error): string | null {
  if (!(error instanceof ApiError)) return null;
  switch (error.code) {
    case 'unreachable':
      return 'Check that vizsla serve is running. This page goes on by itself when it is back.';
    case 'unavailable':
      return 'The server is busy. Traces are still being taken in.';
    case 'timeout':
      return 'A shorter time range is answered faster.';
    case 'invalid_input':
      return null;
    default:
      return 'The server’s log has a line with this request’s id.';
  }
}
