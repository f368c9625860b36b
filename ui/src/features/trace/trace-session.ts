// What all parts of a trace's screen share: the model, its colours, which rows are open, and the part of time on screen.

import { createContext, useContext, useMemo, useState } from 'react';
import type { TraceSkeleton } from '../../api/types';
import { type ColorGroup, type ColorGroups, type Coloring, colorGroupsOf, groupOfSpans } from '../../viz/color-groups';
import { assignLanes, type Lanes } from '../../viz/lanes';
import { selfOfPart } from '../../viz/self-stretches';
import { buildTraceModel, findSpan, type TraceModel } from '../../viz/trace-model';
import { keptSpans, partOfTrace } from '../../viz/trace-part';
import { TreeRows } from '../../viz/tree-rows';
import { ViewRange } from '../../viz/view-range';
import { joinedNames } from './legend-filter';
import { parseSpanName } from './trace-search';

export interface TraceSession {
  readonly traceId: string;
  // The whole trace, whatever is hidden.
  readonly skeleton: TraceSkeleton;
  // What of it is shown: without hidden groups, or one subtree with what called it.
  readonly model: TraceModel;
  readonly colors: TraceColors;
  readonly lanes: Lanes;
  readonly rows: TreeRows;
  readonly view: ViewRange;
}

export interface TraceColors extends ColorGroups {
  // By span of the model: its group.
  readonly of: Int32Array;
}

// As the URL has them.
export interface TracePart {
  color: Coloring;
  hide: string | undefined;
  // A span, whose subtree alone is shown.
  focus: string | undefined;
}

// A new skeleton of the same trace (more spans arrived), and another part of it, keep what was opened and where it was zoomed.
export function useTraceSession(skeleton: TraceSkeleton, { color, hide, focus }: TracePart): TraceSession {
  const groups = useMemo(() => colorGroupsOf(skeleton, color), [skeleton, color]);
  // Other colours are another part only where something is hidden by their names.
  const hiddenBy = hide ? groups : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const shown = useMemo(() => shownPart(skeleton, groups, hide, focus), [skeleton, hiddenBy, hide, focus]);
  const [session, setSession] = useState(() => createSession(skeleton, shown, groups));
  if (session.model === shown && session.colors.groups === groups.groups) return session;
  const next =
    session.model === shown
      ? { ...session, colors: colorsOf(groups, shown) }
      : createSession(skeleton, shown, groups, session);
  setSession(next);
  return next;
}

function shownPart(
  skeleton: TraceSkeleton,
  colors: ColorGroups,
  hide: string | undefined,
  focus: string | undefined,
): TraceModel {
  if (!hide && !focus) return buildTraceModel(skeleton);
  const hidden = joinedNames(hide).flatMap((name) => placeOf(colors.groups, name));
  const { id, ordinal } = parseSpanName(focus ?? '');
  const focused = focus ? findSpan({ skeleton }, id, ordinal) : -1;
  const kept = keptSpans(skeleton, groupOfSpans(skeleton, colors), hidden, focused);
  const whole = buildTraceModel(skeleton);
  return kept ? buildTraceModel(partOfTrace(skeleton, kept), selfOfPart(whole.self, kept)) : whole;
}

function placeOf(groups: readonly ColorGroup[], name: string): number[] {
  const place = groups.findIndex((group) => group.name === name);
  return place < 0 ? [] : [place];
}

function colorsOf(groups: ColorGroups, model: TraceModel): TraceColors {
  return { ...groups, of: groupOfSpans(model.skeleton, groups) };
}

function createSession(
  skeleton: TraceSkeleton,
  model: TraceModel,
  groups: ColorGroups,
  earlier?: TraceSession,
): TraceSession {
  const rows = new TreeRows(model);
  if (earlier) rows.adopt(earlier.rows);
  const sameTime = earlier?.view.durationNs === model.durationNs;
  const view = sameTime ? earlier.view : new ViewRange(model.durationNs);
  if (earlier && !sameTime && !earlier.view.isWhole) view.set(earlier.view.t0, earlier.view.t1);
  const colors = colorsOf(groups, model);
  return { traceId: skeleton.trace_id, skeleton, model, colors, lanes: assignLanes(model), rows, view };
}

const TraceSessionContext = createContext<TraceSession | null>(null);
export const TraceSessionProvider = TraceSessionContext.Provider;

export function useSession(): TraceSession {
  const session = useContext(TraceSessionContext);
  if (!session) throw new Error('useSession is for parts of a trace’s screen');
  return session;
}
