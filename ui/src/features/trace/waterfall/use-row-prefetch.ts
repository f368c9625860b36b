// Fetches a span's detail while the pointer or the focus rests on its row, so that a click finds it there.

import { useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useRef } from 'react';
import { spanDetailsQuery } from '../../../api/queries';
import { isGroupRow } from '../../../viz/tree-rows';
import { useSession } from '../trace-session';
import { rowOfEvent } from './row-elements';

// Rows that the pointer only crosses aren't asked for.
const REST_MS = 100;

export function useRowPrefetch(): (event: SyntheticEvent) => void {
  const { model } = useSession();
  const client = useQueryClient();
  const resting = useRef<{ row: number; timer: ReturnType<typeof setTimeout> } | null>(null);

  return (event) => {
    const row = rowOfEvent(event);
    if (row === resting.current?.row) return;
    if (resting.current) clearTimeout(resting.current.timer);
    resting.current = null;
    if (row === null || isGroupRow(row)) return;
    const { trace_id, spans } = model.skeleton;
    const fetch = () => void client.prefetchQuery(spanDetailsQuery(trace_id, spans.id[row]));
    resting.current = { row, timer: setTimeout(fetch, REST_MS) };
  };
}
