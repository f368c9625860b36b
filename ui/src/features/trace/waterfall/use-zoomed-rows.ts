// Keeps the rows in the page in step with the zoom and with the width of the time line.

import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useSession } from '../trace-session';
import { applyView } from './apply-view';

export function useZoomedRows(scroller: RefObject<HTMLElement | null>): void {
  const { model, view } = useSession();
  const laneWidth = useRef(0);

  useLayoutEffect(() => {
    const element = scroller.current;
    const lane = element?.querySelector('.waterfall-lane');
    if (!element || !lane) return;
    const apply = () => applyView(element, model, view, laneWidth.current);
    const measure = () => {
      laneWidth.current = lane.clientWidth;
      apply();
    };
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(lane);
    const leave = view.watch(apply);
    return () => {
      resized.disconnect();
      leave();
    };
  }, [scroller, model, view]);

  // Rows that came with this render don't show the zoom yet.
  useLayoutEffect(() => {
    if (scroller.current) applyView(scroller.current, model, view, laneWidth.current);
  });
}
