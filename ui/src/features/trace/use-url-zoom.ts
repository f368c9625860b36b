// Keeps the zoom and the URL in step: the URL follows the zoom after a pause, the zoom follows the URL at once.

import { useEffect, useLayoutEffect, useRef } from 'react';
import type { ViewRange } from '../../viz/view-range';

const PAUSE_MS = 250;

interface UrlZoom {
  t0: number | undefined;
  t1: number | undefined;
}

export function useUrlZoom(view: ViewRange, url: UrlZoom, write: (zoom: UrlZoom) => void): void {
  // What this hook wrote itself must not be read back: the view may have moved on since.
  const written = useRef('');
  const latestWrite = useRef(write);
  useEffect(() => {
    latestWrite.current = write;
  });

  useLayoutEffect(() => {
    const zoom = { t0: url.t0, t1: url.t1 };
    if (keyOf(zoom) === written.current) return;
    written.current = keyOf(zoom);
    if (zoom.t0 === undefined || zoom.t1 === undefined) view.reset();
    else view.set(zoom.t0, zoom.t1);
  }, [view, url.t0, url.t1]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = view.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const zoom = view.isWhole
          ? { t0: undefined, t1: undefined }
          : { t0: Math.round(view.t0), t1: Math.round(view.t1) };
        if (keyOf(zoom) === written.current) return;
        written.current = keyOf(zoom);
        latestWrite.current(zoom);
      }, PAUSE_MS);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [view]);
}

function keyOf({ t0, t1 }: UrlZoom): string {
  return t0 === undefined ? '' : `${t0}:${t1}`;
}
