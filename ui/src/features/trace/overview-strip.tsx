// The whole trace in a strip: where the time went, where errors are, and which part is on screen. Drag to zoom.
//
// The window that marks the visible part is moved on the element, without rendering.

import { type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import { formatDuration } from '../../format/duration';
import { MinimapCanvas } from './minimap-canvas';
import { OverviewEdge } from './overview-edge';
import { useSession } from './trace-session';
import './overview-strip.css';

const CLICK_PX = 3;

export function OverviewStrip() {
  const { view } = useSession();
  const strip = useRef<HTMLDivElement>(null);
  const visible = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);

  useLayoutEffect(() => {
    function place() {
      if (!visible.current) return;
      visible.current.style.left = `${(view.t0 / view.durationNs) * 100}%`;
      visible.current.style.right = `${(1 - view.t1 / view.durationNs) * 100}%`;
      visible.current.dataset.whole = String(view.isWhole);
    }
    place();
    return view.watch(place);
  }, [view]);

  function shareAt(event: PointerEvent): number {
    const box = strip.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
  }

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = shareAt(event);
    setDrag({ from: at, to: at });
  }

  function onPointerUp() {
    if (!drag || !strip.current) return;
    setDrag(null);
    const [from, to] = [Math.min(drag.from, drag.to) * view.durationNs, Math.max(drag.from, drag.to) * view.durationNs];
    const dragged = Math.abs(drag.to - drag.from) * strip.current.clientWidth;
    const half = (view.t1 - view.t0) / 2;
    if (dragged > CLICK_PX) view.set(from, to);
    else if (!view.isWhole) view.set(from - half, from + half);
  }

  return (
    <div className="overview-strip">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard zooms with w a s d, and moves the two edges below */}
      <div
        ref={strip}
        className="overview-strip-area"
        onPointerDown={onPointerDown}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: shareAt(event) })}
        onPointerUp={onPointerUp}
        onDoubleClick={() => view.reset()}
        title="Drag to zoom, double-click for the whole trace"
      >
        <MinimapCanvas />
        {drag && <DragMark from={drag.from} to={drag.to} durationNs={view.durationNs} />}
        <div ref={visible} className="overview-strip-visible">
          <OverviewEdge side="t0" />
          <OverviewEdge side="t1" />
        </div>
      </div>
    </div>
  );
}

function DragMark({ from, to, durationNs }: { from: number; to: number; durationNs: number }) {
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  return (
    <div className="overview-strip-drag" style={{ left: `${left * 100}%`, right: `${(1 - right) * 100}%` }}>
      <span>{formatDuration((right - left) * durationNs)}</span>
    </div>
  );
}
