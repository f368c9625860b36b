// The keys that work anywhere on a trace's screen.

import { TRACE_VIEWS, type TraceView } from '../../ui/preferences';
import { useShortcuts } from '../../ui/shortcuts';
import { copyText } from '../../ui/use-copy';
import { neighbourInLane } from '../../viz/lanes';
import { centreThenFit } from '../../viz/span-focus';
import { stepThrough } from '../../viz/span-search';
import { spanOfRow } from '../../viz/tree-rows';
import type { Measured } from '../../viz/view-range';
import type { Highlight } from './highlight';
import type { TraceSession } from './trace-session';
import type { Cursor } from './use-cursor';
import { VIEW_NAMES } from './view-tools';

const ZOOM_STEP = 1.5;
const PAN_STEP = 0.2;

export const SEARCH_INPUT_ID = 'trace-search';

interface TraceShortcutTargets {
  session: TraceSession;
  cursor: Cursor;
  highlight: Highlight;
  isOpen: boolean;
  onClose: () => void;
  onTogglePath: () => void;
  onNextError: (direction: 1 | -1) => void;
  onView: (view: TraceView) => void;
  onClearHighlight: () => void;
}

export function useTraceShortcuts(targets: TraceShortcutTargets): void {
  const { session, cursor, highlight } = targets;
  const { model, lanes, rows, view } = session;
  const at = () => spanOfRow(model, cursor.row);
  const eased = !window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  function step(direction: 1 | -1) {
    const place = Math.min(rows.rows.length - 1, Math.max(0, rows.placeOf(cursor.row) + direction));
    cursor.moveTo(rows.rows[place]);
  }

  function goToNext(spans: Int32Array, direction: 1 | -1) {
    const next = stepThrough(spans, at(), direction);
    if (next >= 0) cursor.goTo(next);
  }

  function goToMatch(direction: 1 | -1) {
    if (highlight.matches) goToNext(highlight.matches.spans, direction);
  }

  // Around the pointer while it is over the time line, else around the middle.
  function zoom(factor: number) {
    view.glideZoom(view.pointer ?? (view.t0 + view.t1) / 2, factor, eased);
  }

  function pan(share: number) {
    const shift = (view.t1 - view.t0) * share;
    view.glideTo(view.t0 + shift, view.t1 + shift, eased);
  }

  function focusOnSpan() {
    const [t0, t1] = centreThenFit(view, model.start[at()], model.end[at()]);
    view.glideTo(t0, t1, eased);
    cursor.show(true);
  }

  function measureSpan(measured: Measured) {
    const same = view.measured?.from === measured.from && view.measured.to === measured.to;
    view.measure(same ? null : measured);
  }

  // From the earlier of both to the later, so that two spans can be set against each other.
  function measureUpToSpan() {
    const [start, end] = [model.start[at()], model.end[at()]];
    const from = Math.min(view.measured?.from ?? start, start);
    view.measure({ from, to: Math.max(view.measured?.to ?? end, end) });
  }

  function closeOrClear() {
    if (view.measured) view.measure(null);
    else if (targets.isOpen) targets.onClose();
    else targets.onClearHighlight();
  }

  useShortcuts('Trace', [
    { keys: 'j', label: 'Next row', run: () => step(1) },
    { keys: 'k', label: 'Previous row', run: () => step(-1) },
    { keys: ',', label: 'Previous at this depth', run: () => cursor.goTo(neighbourInLane(lanes, at(), -1), 'auto') },
    { keys: '.', label: 'Next at this depth', run: () => cursor.goTo(neighbourInLane(lanes, at(), 1), 'auto') },
    { keys: 'e', label: 'Next error', run: () => targets.onNextError(1) },
    { keys: 'E', label: 'Previous error', run: () => targets.onNextError(-1) },
    { keys: '/', label: 'Search in this trace', run: () => document.getElementById(SEARCH_INPUT_ID)?.focus() },
    { keys: 'n', label: 'Next match', run: () => goToMatch(1) },
    { keys: 'N', label: 'Previous match', run: () => goToMatch(-1) },
    { keys: 'p', label: 'Critical path', run: targets.onTogglePath },
    { keys: 'c', label: 'Copy the trace id', run: () => void copyText(session.traceId) },
    { keys: 'y', label: 'Copy a link to this view', run: () => void copyText(window.location.href) },
    { keys: 'Escape', label: 'Let go of the measure, close the detail, clear filters', run: closeOrClear },
  ]);
  useShortcuts(
    'Views',
    TRACE_VIEWS.map((view, place) => ({
      keys: String(place + 1),
      label: VIEW_NAMES[view],
      run: () => targets.onView(view),
    })),
  );
  useShortcuts('Time line', [
    { keys: 'w', label: 'Zoom in', run: () => zoom(ZOOM_STEP) },
    { keys: 's', label: 'Zoom out', run: () => zoom(1 / ZOOM_STEP) },
    { keys: 'a', label: 'Move left', run: () => pan(-PAN_STEP) },
    { keys: 'd', label: 'Move right', run: () => pan(PAN_STEP) },
    { keys: 'A', label: 'Move left, far', run: () => pan(-4 * PAN_STEP) },
    { keys: 'D', label: 'Move right, far', run: () => pan(4 * PAN_STEP) },
    { keys: 'f', label: 'Centre the span, then fit it', run: focusOnSpan },
    { keys: '0', label: 'Whole trace', run: () => view.glideTo(0, view.durationNs, eased) },
    {
      keys: 'm',
      label: 'Measure the span; Shift and dragging measures any time',
      run: () => measureSpan({ from: model.start[at()], to: model.end[at()] }),
    },
    { keys: 'M', label: 'Measure up to the span as well', run: measureUpToSpan },
  ]);
}
