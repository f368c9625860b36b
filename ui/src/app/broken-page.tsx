import { useQueryClient } from '@tanstack/react-query';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorBlock } from '../ui/error-block';
import { Breadcrumb } from '../ui/top-bar-slots';

// In place of a page whose code threw. The frame around it, and with it the way to other pages, keeps working.
export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const client = useQueryClient();
  // It may have been an answer that was not what it should be: another one is asked for.
  const startAgain = () => {
    client.removeQueries({ type: 'inactive' });
    reset();
  };
  return (
    <>
      <title>Broken · Vizsla</title>
      <Breadcrumb>
        <h1>This page broke</h1>
      </Breadcrumb>
      <ErrorBlock
        what="This page can’t be drawn."
        error={error instanceof Error ? error : new Error(String(error))}
        retrying={false}
        onRetry={startAgain}
      />
    </>
  );
}
