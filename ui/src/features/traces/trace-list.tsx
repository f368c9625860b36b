import { useRef } from 'react';
import type { TraceSummary } from '../../api/types';
import { useShortcuts } from '../../ui/shortcuts';
import { moveFocus } from '../table/data-table';
import type { AutoRefresh } from '../time/use-auto-refresh';
import { TraceRow } from './trace-row';
import './trace-list.css';

export const COLUMNS = ['Time', 'Service', 'Resource', 'Duration', 'Spans', 'Errors', 'Status', 'First error'];

interface TraceListProps {
  traces: readonly TraceSummary[];
  listProps: AutoRefresh['listProps'];
}

export function TraceList({ traces, listProps }: TraceListProps) {
  const list = useRef<HTMLOListElement>(null);

  useShortcuts('Traces', [
    { keys: 'j', label: 'Next trace', run: () => moveFocus(list.current, 1) },
    { keys: 'k', label: 'Previous trace', run: () => moveFocus(list.current, -1) },
    { keys: 'Enter', label: 'Open the trace' },
    {
      keys: 'Escape',
      label: 'Leave the list',
      run: () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    },
  ]);

  const barShare = durationBars(traces);
  return (
    <>
      <TraceListHeader />
      <ol ref={list} className="trace-list" aria-label="Traces, newest first" {...listProps}>
        {traces.map((trace) => (
          <TraceRow key={trace.trace_id} trace={trace} barShare={barShare(trace.duration_ns)} />
        ))}
      </ol>
    </>
  );
}

export function TraceListHeader() {
  return (
    <div className="trace-list-header" aria-hidden>
      {COLUMNS.map((name) => (
        <span key={name}>{name}</span>
      ))}
    </div>
  );
}

// Lengths on a logarithmic scale between the page's shortest and longest row: on a linear one, a single slow row flattens
// all others.
export function durationBars(rows: readonly { duration_ns: number }[]): (ns: number) => number {
  const logs = rows.map((row) => Math.log(Math.max(1, row.duration_ns)));
  const least = Math.min(...logs);
  const range = Math.max(...logs) - least;
  const shortest = 0.06;
  return (ns) => (range > 0 ? shortest + ((1 - shortest) * (Math.log(Math.max(1, ns)) - least)) / range : 1);
}
