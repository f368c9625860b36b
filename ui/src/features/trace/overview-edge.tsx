import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef } from 'react';
import { formatDuration } from '../../format/duration';
import { useSession } from './trace-session';

const KEY_STEP = 0.01;

// One end of the visible part, to be dragged or moved with the arrow keys.
export function OverviewEdge({ side }: { side: 't0' | 't1' }) {
  const { view } = useSession();
  const edge = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    function describe() {
      edge.current?.setAttribute('aria-valuenow', String(Math.round((view[side] / view.durationNs) * 1000) / 10));
      edge.current?.setAttribute('aria-valuetext', formatDuration(Math.round(view[side])));
    }
    describe();
    return view.watch(describe);
  }, [view, side]);

  function moveTo(at: number) {
    if (side === 't0') view.set(Math.max(0, Math.min(at, view.t1)), view.t1);
    else view.set(view.t0, Math.min(view.durationNs, Math.max(at, view.t0)));
  }

  function onKeyDown(event: KeyboardEvent) {
    const sign = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (sign === 0) return;
    event.preventDefault();
    moveTo(view[side] + sign * view.durationNs * KEY_STEP);
  }

  function onPointerMove(event: PointerEvent<HTMLElement>) {
    const area = event.currentTarget.closest('.overview-strip-area')?.getBoundingClientRect();
    if (!area || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    moveTo(((event.clientX - area.left) / area.width) * view.durationNs);
  }

  return (
    <div
      ref={edge}
      className={`overview-strip-edge overview-strip-edge-${side}`}
      role="slider"
      tabIndex={0}
      aria-label={side === 't0' ? 'Begin of the visible time' : 'End of the visible time'}
      aria-valuemin={0}
      aria-valuemax={100}
      // The current value is set without rendering, see above.
      aria-valuenow={side === 't0' ? 0 : 100}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerUp={(event) => event.stopPropagation()}
      onPointerMove={onPointerMove}
    />
  );
}
