// What all parts of a trace's screen share: the model, which rows are open, and the part of time on screen.

import { createContext, useContext, useState } from 'react';
import type { TraceSkeleton } from '../../api/types';
import { assignLanes, type Lanes } from '../../viz/lanes';
import { buildTraceModel, type TraceModel } from '../../viz/trace-model';
import { TreeRows } from '../../viz/tree-rows';
import { ViewRange } from '../../viz/view-range';

export interface TraceSession {
  readonly traceId: string;
  readonly model: TraceModel;
  readonly lanes: Lanes;
  readonly rows: TreeRows;
  readonly view: ViewRange;
}

// A new skeleton of the same trace (more spans arrived) keeps what was opened and where it was zoomed.
export function useTraceSession(skeleton: TraceSkeleton): TraceSession {
  const [session, setSession] = useState(() => createSession(skeleton));
  if (session.model.skeleton === skeleton) return session;
  const next = createSession(skeleton, session);
  setSession(next);
  return next;
}

function createSession(skeleton: TraceSkeleton, earlier?: TraceSession): TraceSession {
  const model = buildTraceModel(skeleton);
  const rows = new TreeRows(model);
  const view = new ViewRange(model.durationNs);
  if (earlier) {
    rows.adopt(earlier.rows);
    if (!earlier.view.isWhole) view.set(earlier.view.t0, earlier.view.t1);
  }
  return { traceId: skeleton.trace_id, model, lanes: assignLanes(model), rows, view };
}

const TraceSessionContext = createContext<TraceSession | null>(null);
export const TraceSessionProvider = TraceSessionContext.Provider;

export function useSession(): TraceSession {
  const session = useContext(TraceSessionContext);
  if (!session) throw new Error('useSession is for parts of a trace’s screen');
  return session;
}
