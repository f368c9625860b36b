// The keys that work anywhere on a trace's screen.

import { useShortcuts } from '../../ui/shortcuts';
import { copyText } from '../../ui/use-copy';
import { indexesOf, stepThrough } from '../../viz/span-search';
import { spanOfRow } from '../../viz/tree-rows';
import type { Highlight } from './highlight';
import type { TraceSession } from './trace-session';
import type { Cursor } from './use-cursor';

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
  onClearHighlight: () => void;
}

export function useTraceShortcuts(targets: TraceShortcutTargets): void {
  const { session, cursor, highlight } = targets;
  const { model, rows, view } = session;
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

  function goToError(direction: 1 | -1) {
    goToNext(indexesOf(model.failed), direction);
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

  function closeOrClear() {
    if (targets.isOpen) targets.onClose();
    else targets.onClearHighlight();
  }

  useShortcuts('Trace', [
    { keys: 'j', label: 'Next row', run: () => step(1) },
    { keys: 'k', label: 'Previous row', run: () => step(-1) },
    { keys: 'e', label: 'Next error', run: () => goToError(1) },
    { keys: 'E', label: 'Previous error', run: () => goToError(-1) },
    { keys: '/', label: 'Search in this trace', run: () => document.getElementById(SEARCH_INPUT_ID)?.focus() },
    { keys: 'n', label: 'Next match', run: () => goToMatch(1) },
    { keys: 'N', label: 'Previous match', run: () => goToMatch(-1) },
    { keys: 'p', label: 'Critical path', run: targets.onTogglePath },
    { keys: 'c', label: 'Copy the trace id', run: () => void copyText(session.traceId) },
    { keys: 'y', label: 'Copy a link to this view', run: () => void copyText(window.location.href) },
    { keys: 'Escape', label: 'Close the detail, then clear filters', run: closeOrClear },
  ]);
  useShortcuts('Time line', [
    { keys: 'w', label: 'Zoom in', run: () => zoom(ZOOM_STEP) },
    { keys: 's', label: 'Zoom out', run: () => zoom(1 / ZOOM_STEP) },
    { keys: 'a', label: 'Move left', run: () => pan(-PAN_STEP) },
    { keys: 'd', label: 'Move right', run: () => pan(PAN_STEP) },
    { keys: 'A', label: 'Move left, far', run: () => pan(-4 * PAN_STEP) },
    { keys: 'D', label: 'Move right, far', run: () => pan(4 * PAN_STEP) },
    { keys: '0', label: 'Whole trace', run: () => view.glideTo(0, view.durationNs, eased) },
  ]);
  useShortcuts('Tree', [
    { keys: 'ArrowRight', label: 'Expand, then first child' },
    { keys: 'ArrowLeft', label: 'Collapse, then parent' },
    { keys: 'Enter', label: 'Open the detail' },
    { keys: ']', label: 'One level more', run: () => rows.expandToLevel(rows.shownLevel() + 1) },
    { keys: '[', label: 'One level less', run: () => rows.expandToLevel(Math.max(0, rows.shownLevel() - 1)) },
    { keys: '}', label: 'Expand all', run: () => rows.expandAll() },
    { keys: '{', label: 'Collapse all', run: () => rows.collapseAll() },
  ]);
}
