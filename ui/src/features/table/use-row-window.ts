// Which rows of a long table exist as elements: those on screen and some around them. All rows have one height.
//
// Short tables exist as a whole, so that the browser's own search finds every name.

import { type RefObject, useLayoutEffect, useState } from 'react';

const SHORT = 100;
const OVERSCAN = 12;

export interface RowWindow {
  first: number;
  // Behind the last.
  end: number;
}

export function useRowWindow(
  body: RefObject<HTMLElement | null>,
  scrollerSelector: string,
  count: number,
  rowHeight: number,
): RowWindow {
  const [at, setAt] = useState<RowWindow>({ first: 0, end: SHORT });

  useLayoutEffect(() => {
    const scroller = body.current?.closest<HTMLElement>(scrollerSelector);
    if (!scroller || count <= SHORT) return;
    const { current: rows } = body;

    function measure() {
      if (!scroller || !rows) return;
      const above = scroller.getBoundingClientRect().top - rows.getBoundingClientRect().top;
      const next = rowWindow(above, scroller.clientHeight, rowHeight);
      setAt((now) => (now.first === next.first && now.end === next.end ? now : next));
    }

    measure();
    scroller.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      scroller.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [body, scrollerSelector, count, rowHeight]);

  if (count <= SHORT) return { first: 0, end: count };
  const first = Math.min(at.first, count);
  return { first, end: Math.max(first, Math.min(at.end, count)) };
}

// `above` is how much of the table lies above what can be seen; negative when it begins further down. Steps of a few rows,
// so that not every pixel of scrolling renders.
export function rowWindow(above: number, visible: number, rowHeight: number): RowWindow {
  const step = OVERSCAN / 2;
  const first = Math.floor(Math.max(0, above) / rowHeight / step) * step;
  const end = Math.ceil(Math.max(0, above + visible) / rowHeight / step) * step;
  return { first: Math.max(0, first - OVERSCAN), end: end + OVERSCAN };
}
