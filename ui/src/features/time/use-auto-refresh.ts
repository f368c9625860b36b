// Whether the list may ask again by itself. It doesn't while somebody is reading in it: rows must not run away.

import { type FocusEvent, type PointerEvent, useEffect, useState } from 'react';

export type RefreshState =
  | { kind: 'running'; everyMs: number }
  | { kind: 'held'; reason: string }
  | { kind: 'paused' }
  // A fixed range or a very long one.
  | { kind: 'manual' };

export interface AutoRefresh {
  // `pagesShown` of the list in question; asking again would load all of them.
  stateFor: (everyMs: number | null, pagesShown: number) => RefreshState;
  setPaused: (paused: boolean) => void;
  // To be spread on the element that holds the rows.
  listProps: {
    onPointerEnter: (event: PointerEvent) => void;
    onPointerLeave: (event: PointerEvent) => void;
    onFocus: (event: FocusEvent) => void;
    onBlur: (event: FocusEvent) => void;
  };
}

export function useAutoRefresh(): AutoRefresh {
  const [paused, setPaused] = useState(false);
  const [entered, setEntered] = useState<Element | null>(null);
  const [focused, setFocused] = useState<Element | null>(null);
  // A button that goes when it is pressed takes the focus with it, without a word.
  const reading = entered !== null || focused?.contains(document.activeElement) === true;

  // React hears nothing of a pointer that leaves by way of an element that has just been removed.
  useEffect(() => {
    if (!entered) return;
    const goOn = ({ target }: Event) => {
      if (target instanceof Node && !entered.contains(target)) setEntered(null);
    };
    document.addEventListener('pointerover', goOn);
    return () => document.removeEventListener('pointerover', goOn);
  }, [entered]);

  return {
    stateFor: (everyMs, pagesShown) => refreshState(everyMs, pagesShown, paused, reading),
    setPaused,
    listProps: {
      // A finger leaves no trace of where it reads.
      onPointerEnter: (event) => setEntered(event.pointerType === 'mouse' ? event.currentTarget : null),
      onPointerLeave: () => setEntered(null),
      onFocus: (event) => setFocused(event.currentTarget),
      onBlur: (event) => setFocused(event.currentTarget.contains(event.relatedTarget) ? event.currentTarget : null),
    },
  };
}

function refreshState(everyMs: number | null, pagesShown: number, paused: boolean, reading: boolean): RefreshState {
  if (everyMs === null) return { kind: 'manual' };
  if (paused) return { kind: 'paused' };
  if (pagesShown > 1) return { kind: 'held', reason: 'waits while older traces are shown' };
  if (reading) return { kind: 'held', reason: 'waits while you read' };
  return { kind: 'running', everyMs };
}
