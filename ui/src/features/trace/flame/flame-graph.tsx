// The trace on a canvas: time from left to right, callers above what they call. A darker strip along a bar is
// its self time.
//
// A picture for those who see it. For everyone else the region tells of the span that the keyboard is on, and the waterfall
// shows the same spans, with the same one selected, as a tree of rows.

import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formatCountOf } from '../../../format/count';
import { formatDuration } from '../../../format/duration';
import { useTheme } from '../../../ui/theme';
import { standIn } from '../../../viz/flame-columns';
import { FLAME_PITCH, FLAME_TOP, type FlameScene } from '../../../viz/flame-draw';
import { buildFlameLanes, countLit } from '../../../viz/flame-lanes';
import { bringInto, fitSpan } from '../../../viz/span-focus';
import { spanOfRow } from '../../../viz/tree-rows';
import { type Highlight, litSpans } from '../highlight';
import { MeasureMark } from '../measure-mark';
import { isMenuKey, type OpenSpanMenu } from '../span-menu';
import { describeSpan, spanText } from '../span-text';
import { useSession } from '../trace-session';
import type { Cursor } from '../use-cursor';
import { useTimelinePointer } from '../use-timeline-pointer';
import { Ruler } from '../waterfall/waterfall-ruler';
import { WholeTraceButton } from '../whole-trace-button';
import { readFlameColors } from './flame-colors';
import { spanAfterKey } from './flame-keys';
import { FlamePainter } from './flame-painter';
import { useFlameHover } from './use-flame-hover';
import { useFlameShortcuts } from './use-flame-shortcuts';
import './flame-graph.css';

const TIME_LINE = { lane: '.flame-canvas', area: '.flame-lanes', scrolls: true };
const CURSOR_ID = 'flame-cursor';

interface FlameGraphProps {
  cursor: Cursor;
  // Index of the span whose detail is open, -1 for none.
  selected: number;
  highlight: Highlight;
  onSelect: (span: number) => void;
  onMenu: OpenSpanMenu;
}

export function FlameGraph({ cursor, selected, highlight, onSelect, onMenu }: FlameGraphProps) {
  const { model, colors: groups, lanes, view } = useSession();
  const theme = useTheme();
  const scroller = useRef<HTMLDivElement>(null);
  const region = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const tooltip = useRef<HTMLDivElement>(null);
  const [painter] = useState(() => new FlamePainter());
  const at = spanOfRow(model, cursor.row);

  const flame = useMemo(() => buildFlameLanes(model, lanes), [model, lanes]);
  const scene = useMemo<FlameScene>(() => {
    const lit = litSpans(model, groups.of, highlight);
    return {
      model,
      lanes: flame,
      groupOf: groups.of,
      lit: lit && countLit(flame, model, lit),
      criticalPath: highlight.criticalPath,
      labelOf: (span) => {
        const { service, operation, resource } = spanText(model, span);
        return [resource || operation, `${service.name} · ${formatDuration(model.skeleton.spans.duration[span])}`];
      },
    };
  }, [model, groups, flame, highlight]);

  useLayoutEffect(() => {
    if (!canvas.current || !scroller.current) return;
    return painter.attach({ canvas: canvas.current, scroller: scroller.current, view });
  }, [painter, view]);

  useLayoutEffect(() => {
    const colors = readFlameColors(groups, theme);
    painter.show(scene, colors);
    // Texts are measured anew with the font that they will have.
    let shown = true;
    void document.fonts?.ready.then(() => shown && painter.show(scene, colors));
    return () => {
      shown = false;
    };
  }, [painter, scene, groups, theme]);

  useLayoutEffect(() => {
    painter.selected = selected;
    painter.cursor = at;
    painter.invalidate();
  }, [painter, selected, at]);

  const { move } = cursor;
  // Once per move, wherever the span is by then.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!move) return;
    painter.bringLane(lanes.laneOf[at], move.align);
    if (move.inTime) view.set(...bringInto(view, model.start[at], model.end[at]));
    if (move.focus) region.current?.focus({ preventScroll: true });
  }, [move]);

  // The panel that opens may cover the span that was clicked.
  useEffect(() => {
    if (selected >= 0) painter.bringLane(lanes.laneOf[selected], 'auto');
  }, [painter, lanes, selected]);

  const hover = useFlameHover(painter, scene, tooltip);
  const timeline = useTimelinePointer(scroller, TIME_LINE);
  useFlameShortcuts();

  function onClick(event: MouseEvent) {
    const column = painter.hit(event.clientX, event.clientY);
    if (!column || timeline.wasDragged()) return;
    const span = standIn(flame, scene.lit, column);
    cursor.choose(span);
    onSelect(span);
  }

  function onDoubleClick(event: MouseEvent) {
    const column = painter.hit(event.clientX, event.clientY);
    if (column) view.set(...fitSpan(flame.start[column.first], flame.end[column.end - 1]));
  }

  function onContextMenu(event: MouseEvent) {
    event.preventDefault();
    const column = painter.hit(event.clientX, event.clientY);
    if (!column) return;
    const span = standIn(flame, scene.lit, column);
    hover.leave();
    cursor.choose(span);
    onMenu({ span, x: event.clientX, y: event.clientY });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (isMenuKey(event)) {
      event.preventDefault();
      const point = painter.pointOf(at);
      if (point) onMenu({ span: at, ...point });
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onSelect(at);
      return;
    }
    const next = spanAfterKey(event.key, model, at);
    if (next === null) return;
    event.preventDefault();
    cursor.goTo(next, 'auto');
  }

  function showCursor(shown: boolean) {
    painter.cursorShown = shown;
    painter.invalidate();
  }

  return (
    <div className="flame">
      <div ref={scroller} className="flame-scroller" onScroll={hover.leave}>
        <MeasureMark />
        <div className="flame-header">
          <Ruler />
          <WholeTraceButton />
        </div>
        <div
          ref={region}
          className="flame-lanes"
          role="application"
          aria-roledescription="flame graph"
          aria-label={`Flame graph of ${formatCountOf(model.count, 'span')} in ${formatCountOf(flame.laneCount, 'lane')}. Arrow keys walk from span to span, Enter opens the detail, the context menu key what can be done with it, 1 shows the same as a tree.`}
          aria-activedescendant={`${CURSOR_ID}-${at}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keyboard
          tabIndex={0}
          style={{ height: FLAME_TOP + (flame.laneCount + 1) * FLAME_PITCH }}
          onClick={onClick}
          onDoubleClick={onDoubleClick}
          onContextMenu={onContextMenu}
          onKeyDown={onKeyDown}
          onFocus={(event) => showCursor(event.currentTarget.matches(':focus-visible'))}
          onBlur={() => showCursor(false)}
          {...timeline.props}
          onPointerDown={(event) => {
            hover.leave();
            timeline.props.onPointerDown(event);
          }}
          onPointerMove={(event) => {
            timeline.props.onPointerMove(event);
            hover.onMove(event);
          }}
          onPointerLeave={() => {
            timeline.props.onPointerLeave();
            hover.leave();
          }}
        >
          <canvas ref={canvas} className="flame-canvas" aria-hidden />
          <span
            key={at}
            id={`${CURSOR_ID}-${at}`}
            className="visually-hidden"
            role="img"
            aria-label={describeSpan(model, at)}
            aria-current={at === selected || undefined}
          />
        </div>
      </div>
      <div ref={tooltip} className="flame-tooltip" hidden aria-hidden />
    </div>
  );
}
