// Fetches a span's detail while the pointer or the focus rests on it, so that a click finds it there.

import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { spanDetailsQuery } from '../../api/queries';
import { useSession } from './trace-session';

// Spans that the pointer only crosses aren't asked for.
const REST_MS = 100;

// The function is told of the span that is pointed at, again and again; null for none.
export function useSpanPrefetch(): (span: number | null) => void {
  const { model } = useSession();
  const client = useQueryClient();
  const resting = useRef<{ span: number; timer: ReturnType<typeof setTimeout> } | null>(null);

  return (span) => {
    if (span === (resting.current?.span ?? null)) return;
    if (resting.current) clearTimeout(resting.current.timer);
    resting.current = null;
    if (span === null) return;
    const { trace_id, spans } = model.skeleton;
    const fetch = () => void client.prefetchQuery(spanDetailsQuery(trace_id, spans.id[span]));
    resting.current = { span, timer: setTimeout(fetch, REST_MS) };
  };
}
