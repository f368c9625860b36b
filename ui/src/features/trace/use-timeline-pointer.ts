// The mouse over a time line: Ctrl and wheel (or a pinch) zooms where the pointer is, dragging and sideways wheels pan, Shift
// and dragging measures.

import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { useSession } from './trace-session';

const ZOOM_PER_WHEEL_PX = 0.0035;
const DRAG_FROM_PX = 4;

// What the time line is made of, as selectors below the element that scrolls.
interface TimelineParts {
  // As wide as the time on screen.
  lane: string;
  // Where a drag may begin.
  area: string;
  // A drag moves the lanes up and down as well.
  scrolls?: boolean;
}

interface Drag {
  x: number;
  y: number;
  t0: number;
  t1: number;
  scrollTop: number;
  moved: boolean;
  // The moment from which is measured; null for a drag that moves the time line.
  measureFrom: number | null;
}

interface TimelinePointer {
  props: {
    onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    onPointerUp: (event: PointerEvent<HTMLElement>) => void;
    onPointerLeave: () => void;
  };
  // The press that just ended moved the time line, so it isn't a click.
  wasDragged: () => boolean;
}

export function useTimelinePointer(
  scroller: RefObject<HTMLElement | null>,
  { lane: laneSelector, area, scrolls = false }: TimelineParts,
): TimelinePointer {
  const { view } = useSession();
  const drag = useRef<Drag | null>(null);
  const dragged = useRef(false);

  // React listens to wheels passively, and a passive listener can't keep the browser from zooming the page.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      const lane = laneBox(element, laneSelector);
      if (!lane) return;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        view.zoomAround(timeAt(event.clientX, lane, view), Math.exp(-event.deltaY * ZOOM_PER_WHEEL_PX));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !view.isWhole) {
        event.preventDefault();
        view.panBy(event.deltaX / lane.width);
      }
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [scroller, view, laneSelector]);

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    dragged.current = false;
    const onTime = (event.target as Element).closest(area) !== null;
    if (event.button !== 0 || event.pointerType !== 'mouse' || !onTime) return;
    if (view.isWhole && !scrolls && !event.shiftKey) return;
    const lane = laneBox(event.currentTarget, laneSelector);
    const measureFrom = event.shiftKey && lane ? timeAt(event.clientX, lane, view) : null;
    // Or the browser would select the texts that the pointer crosses.
    if (measureFrom !== null) event.preventDefault();
    const scrollTop = scroller.current?.scrollTop ?? 0;
    drag.current = {
      x: event.clientX,
      y: event.clientY,
      t0: view.t0,
      t1: view.t1,
      scrollTop,
      moved: false,
      measureFrom,
    };
  }

  function onPointerMove(event: PointerEvent<HTMLElement>) {
    const lane = laneBox(event.currentTarget, laneSelector);
    if (!lane) return;
    const inside = event.clientX >= lane.left && event.clientX <= lane.right;
    view.pointer = inside ? timeAt(event.clientX, lane, view) : null;
    const held = drag.current;
    if (!held) return;
    const distance = event.clientX - held.x;
    const rise = scrolls ? event.clientY - held.y : 0;
    if (!held.moved && Math.hypot(distance, rise) < DRAG_FROM_PX) return;
    if (!held.moved) {
      held.moved = true;
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    if (held.measureFrom !== null) {
      view.measure({ from: held.measureFrom, to: timeAt(event.clientX, lane, view) });
      return;
    }
    const shift = (distance / lane.width) * (held.t1 - held.t0);
    view.set(held.t0 - shift, held.t1 - shift);
    if (scrolls && scroller.current) scroller.current.scrollTop = held.scrollTop - rise;
  }

  function onPointerUp() {
    dragged.current = drag.current?.moved ?? false;
    drag.current = null;
  }

  function onPointerLeave() {
    view.pointer = null;
  }

  return { props: { onPointerDown, onPointerMove, onPointerUp, onPointerLeave }, wasDragged: () => dragged.current };
}

function laneBox(scroller: HTMLElement, selector: string): DOMRect | null {
  return scroller.querySelector(selector)?.getBoundingClientRect() ?? null;
}

function timeAt(clientX: number, lane: DOMRect, view: { t0: number; t1: number }): number {
  return view.t0 + ((clientX - lane.left) / lane.width) * (view.t1 - view.t0);
}
