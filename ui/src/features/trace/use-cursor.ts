// The row that the keyboard is on. Moving it brings the row on screen, and the open detail follows.

import { useState } from 'react';
import { findSpan, type TraceModel } from '../../viz/trace-model';
import { isGroupRow, spanOfRow } from '../../viz/tree-rows';
import type { TraceSession } from './trace-session';

export interface CursorMove {
  // Where the row should come to stand.
  align: 'auto' | 'center';
  focus: boolean;
  // The time on screen may move to where the span is.
  inTime: boolean;
}

export interface Cursor {
  row: number;
  // New for each move; a view scrolls and focuses once per object.
  move: CursorMove | null;
  // To a row that is visible.
  moveTo: (row: number) => void;
  // To a span wherever it is, opening what hides it.
  goTo: (span: number, align?: CursorMove['align']) => void;
  // Marks a row without moving anything: it was clicked, so it is on screen.
  place: (row: number) => void;
  // The same for a span that a view shows without its row.
  choose: (span: number) => void;
  // Brings its row, wherever it is, to where it can be seen.
  show: (focus: boolean) => void;
}

interface CursorState {
  model: TraceModel;
  row: number;
  move: CursorMove | null;
}

export function useCursor(session: TraceSession, selected: number, onFollow: (span: number) => void): Cursor {
  const { model, rows } = session;
  const [state, setState] = useState<CursorState>(() => initialState(session, selected));
  const current = state.model === model ? state : { model, row: sameRow(state, model), move: null };
  if (current !== state) setState(current);

  function go(row: number, move: CursorMove) {
    setState({ model, row, move });
    if (selected >= 0 && !isGroupRow(row)) onFollow(row);
  }

  function place(row: number) {
    setState({ model, row, move: null });
  }

  return {
    row: current.row,
    move: current.move,
    moveTo: (row) => go(row, { align: 'auto', focus: true, inTime: true }),
    goTo: (span, align = 'center') => {
      rows.reveal(span);
      go(span, { align, focus: true, inTime: true });
    },
    place,
    choose: (span) => {
      rows.reveal(span);
      place(span);
    },
    show: (focus) => setState({ ...current, move: { align: 'center', focus, inTime: false } }),
  };
}

// A link to a span opens the tree down to it.
function initialState({ model, rows }: TraceSession, selected: number): CursorState {
  if (selected < 0) return { model, row: rows.rows[0], move: null };
  rows.reveal(selected);
  return { model, row: selected, move: { align: 'center', focus: false, inTime: false } };
}

// Indexes change when spans arrive; ids don't.
function sameRow(state: CursorState, model: TraceModel): number {
  const id = state.model.skeleton.spans.id[spanOfRow(state.model, state.row)];
  return Math.max(0, findSpan(model, id));
}
