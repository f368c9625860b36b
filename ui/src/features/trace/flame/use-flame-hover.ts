// The pointer over the flame graph: outlines what it is on, and says what that is after a moment.

import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { type FlameColumn, standIn } from '../../../viz/flame-columns';
import type { FlameScene } from '../../../viz/flame-draw';
import { useSession } from '../trace-session';
import { useSpanPrefetch } from '../use-span-prefetch';
import type { FlamePainter } from './flame-painter';
import { fillTooltip, placeTooltip } from './flame-tooltip';

const DELAY_MS = 100;

interface FlameHover {
  onMove: (event: PointerEvent) => void;
  // Nothing is pointed at any more.
  leave: () => void;
}

export function useFlameHover(
  painter: FlamePainter,
  scene: FlameScene,
  tooltip: RefObject<HTMLElement | null>,
): FlameHover {
  const { model, view } = useSession();
  const prefetch = useSpanPrefetch();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  function hide() {
    clearTimeout(timer.current);
    if (tooltip.current) tooltip.current.hidden = true;
  }

  function show(column: FlameColumn, event: PointerEvent) {
    const element = tooltip.current;
    if (!element) return;
    fillTooltip(element, model, standIn(scene.lanes, scene.lit, column), column.end - column.first);
    element.hidden = false;
    placeTooltip(element, event.clientX, event.clientY);
  }

  function leave() {
    hide();
    point(-1);
  }

  function point(span: number) {
    prefetch(span >= 0 ? span : null);
    if (painter.hovered === span) return;
    painter.hovered = span;
    painter.invalidate();
  }

  function onMove(event: PointerEvent) {
    const column = event.buttons === 0 ? painter.hit(event.clientX, event.clientY) : null;
    if (!column) return leave();
    point(standIn(scene.lanes, scene.lit, column));
    const shown = tooltip.current?.hidden === false;
    clearTimeout(timer.current);
    // At once while another one is open: the eye is there already.
    if (shown) show(column, event);
    else timer.current = setTimeout(() => show(column, event), DELAY_MS);
  }

  // What was under the pointer has moved away.
  useEffect(() => {
    const forget = () => {
      clearTimeout(timer.current);
      if (tooltip.current) tooltip.current.hidden = true;
    };
    const unwatch = view.watch(forget);
    return () => {
      forget();
      unwatch();
    };
  }, [view, tooltip]);

  return { onMove, leave };
}
