// Keeps what of the time line is shown, and what is measured on it, in step with the URL: the URL follows after a pause, the
// time line follows the URL at once.

import { useEffect, useLayoutEffect, useRef } from 'react';
import type { ViewRange } from '../../viz/view-range';

const PAUSE_MS = 250;

// Two moments each; none for the whole trace, and while nothing is measured.
export interface UrlTimes {
  t0?: number | undefined;
  t1?: number | undefined;
  m0?: number | undefined;
  m1?: number | undefined;
}

export function useUrlZoom(view: ViewRange, { t0, t1, m0, m1 }: UrlTimes, write: (times: UrlTimes) => void): void {
  // What this hook wrote itself must not be read back: the view may have moved on since.
  const written = useRef('');
  const latestWrite = useRef(write);
  useEffect(() => {
    latestWrite.current = write;
  });

  useLayoutEffect(() => {
    const times = { t0, t1, m0, m1 };
    if (keyOf(times) === written.current) return;
    written.current = keyOf(times);
    if (t0 === undefined || t1 === undefined) view.reset();
    else view.set(t0, t1);
    view.measure(m0 === undefined || m1 === undefined ? null : { from: m0, to: m1 });
  }, [view, t0, t1, m0, m1]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = view.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const times = timesOf(view);
        if (keyOf(times) === written.current) return;
        written.current = keyOf(times);
        latestWrite.current(times);
      }, PAUSE_MS);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [view]);
}

function timesOf({ isWhole, t0, t1, measured }: ViewRange): UrlTimes {
  return {
    t0: isWhole ? undefined : Math.round(t0),
    t1: isWhole ? undefined : Math.round(t1),
    m0: measured ? Math.round(measured.from) : undefined,
    m1: measured ? Math.round(measured.to) : undefined,
  };
}

function keyOf({ t0, t1, m0, m1 }: UrlTimes): string {
  return t0 === undefined && m0 === undefined ? '' : `${t0}:${t1}:${m0}:${m1}`;
}
