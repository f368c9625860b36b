// The tree of spans with a bar for each on a shared time line. Only rows on screen exist as elements.
//
// React says what the rows are; the pool writes them, and neither scrolling nor zooming renders anything.

import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type SyntheticEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { formatCountOf } from '../../../format/count';
import { setPreference, usePreferences } from '../../../ui/preferences';
import { Resizer } from '../../../ui/resizer';
import { searchTerms } from '../../../viz/span-search';
import type { TraceModel } from '../../../viz/trace-model';
import { isGroupRow, spanOfRow } from '../../../viz/tree-rows';
import type { Highlight } from '../highlight';
import { MeasureMark } from '../measure-mark';
import { isMenuKey, type OpenSpanMenu } from '../span-menu';
import { useSession } from '../trace-session';
import type { Cursor } from '../use-cursor';
import { useSpanPrefetch } from '../use-span-prefetch';
import { useTimelinePointer } from '../use-timeline-pointer';
import { ROW_HEIGHT } from './row-element';
import { rowOfEvent } from './row-elements';
import { RowPool } from './row-pool';
import { useTreeShortcuts } from './use-tree-shortcuts';
import { WaterfallHeader } from './waterfall-header';
import { rowAfterKey } from './waterfall-keys';
import { WaterfallGrid } from './waterfall-ruler';
import '../../../ui/badges.css';
import './waterfall.css';

const MENU_INDENT_PX = 40;
const TIME_LINE = { lane: '.waterfall-lane', area: '.waterfall-time' };

interface WaterfallProps {
  cursor: Cursor;
  // Index of the span whose detail is open, -1 for none.
  selected: number;
  highlight: Highlight;
  query: string;
  onSelect: (span: number) => void;
  onMenu: OpenSpanMenu;
}

export function Waterfall({ cursor, selected, highlight, query, onSelect, onMenu }: WaterfallProps) {
  const { model, colors, rows: tree, view } = useSession();
  const rows = useSyncExternalStore(tree.watch, tree.snapshot);
  const treeShare = usePreferences((preferences) => preferences.treeShare);
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const [pool] = useState(() => new RowPool());
  const indent = indentOf(model);
  const terms = useMemo(() => searchTerms(query), [query]);

  const cursorPlace = tree.placeOf(cursor.row);
  const cursorRow = rows[cursorPlace];

  useLayoutEffect(() => {
    if (!scroller.current || !body.current) return;
    return pool.attach({ scroller: scroller.current, body: body.current, view });
  }, [pool, view]);

  // After what lies above, which takes the rows away with the old time line.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is why they are written anew
  useLayoutEffect(() => {
    pool.show({ model, colors, tree, rows, indent, highlight, terms, selected, cursorPlace });
  }, [pool, view, model, colors, tree, rows, indent, highlight, terms, selected, cursorPlace]);

  useTreeShortcuts();

  const { move } = cursor;
  // Once per move: the cursor's place also changes when rows above it open or close.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!move) return;
    pool.bring(cursorPlace, move.align);
    if (move.focus) pool.focus(cursorRow);
  }, [move]);

  // The panel that opens may cover the row that was clicked.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it opens
  useEffect(() => {
    const place = selected < 0 ? -1 : tree.rowIndexOf(selected);
    if (place >= 0) pool.bring(place, 'auto');
  }, [selected]);

  const prefetch = useSpanPrefetch();
  const timeline = useTimelinePointer(scroller, TIME_LINE);

  function prefetchSoon(event: SyntheticEvent) {
    const row = rowOfEvent(event);
    prefetch(row === null || isGroupRow(row) ? null : row);
  }

  function onClick(event: MouseEvent) {
    const row = rowOfEvent(event);
    if (row === null || timeline.wasDragged()) return;
    cursor.place(row);
    const onToggle = (event.target as Element).closest('[data-toggle]') !== null;
    if (onToggle || isGroupRow(row)) tree.toggle(row);
    else onSelect(row);
  }

  function onDoubleClick(event: MouseEvent) {
    const row = rowOfEvent(event);
    if (row === null || !(event.target as Element).closest('.waterfall-time')) return;
    const span = spanOfRow(model, row);
    const margin = (model.end[span] - model.start[span]) * 0.05;
    view.set(model.start[span] - margin, model.end[span] + margin);
  }

  function onContextMenu(event: MouseEvent) {
    const row = rowOfEvent(event);
    if (row === null) return;
    event.preventDefault();
    cursor.place(row);
    onMenu({ span: spanOfRow(model, row), x: event.clientX, y: event.clientY });
  }

  function onKeyDown(event: KeyboardEvent) {
    // The header's buttons have keys of their own.
    if (rowOfEvent(event) !== null && isMenuKey(event)) {
      event.preventDefault();
      const box = (event.target as Element).getBoundingClientRect();
      onMenu({ span: spanOfRow(model, cursorRow), x: box.left + MENU_INDENT_PX, y: box.bottom });
      return;
    }
    if (rowOfEvent(event) === null || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (isGroupRow(cursorRow)) tree.toggle(cursorRow);
      else onSelect(cursorRow);
      return;
    }
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2);
    const next = rowAfterKey(event.key, tree, cursorPlace, pageRows);
    if (next === null) return;
    event.preventDefault();
    cursor.moveTo(next);
  }

  return (
    <div className="waterfall">
      <div
        ref={scroller}
        className="waterfall-scroller"
        style={{ '--tree': `${treeShare}%`, '--indent': `${indent}px` } as CSSProperties}
      >
        <div className="waterfall-splitter">
          <Resizer
            label="Width of the tree"
            orientation="vertical"
            value={treeShare}
            min={15}
            max={85}
            step={2}
            direction={1}
            valueAt={(event) => shareAt(event.clientX, scroller.current)}
            onChange={(share) => setPreference({ treeShare: share })}
          />
        </div>
        <WaterfallGrid />
        <MeasureMark />
        <div
          role="treegrid"
          aria-label={`Spans of the trace, ${formatCountOf(rows.length, 'row')}`}
          aria-rowcount={rows.length + 1}
          onClick={onClick}
          onDoubleClick={onDoubleClick}
          onContextMenu={onContextMenu}
          onKeyDown={onKeyDown}
          onMouseOver={prefetchSoon}
          onFocus={prefetchSoon}
          {...timeline.props}
        >
          <WaterfallHeader />
          <div ref={body} className="waterfall-rows" role="rowgroup" style={{ height: rows.length * ROW_HEIGHT }} />
        </div>
      </div>
    </div>
  );
}

// Deep traces are indented less per level, so that names keep some room.
function indentOf(model: TraceModel): number {
  return Math.round(Math.min(14, Math.max(7, 170 / model.skeleton.depth)));
}

function shareAt(clientX: number, container: HTMLElement | null): number {
  const box = container?.getBoundingClientRect();
  return box && container ? ((clientX - box.left) / container.clientWidth) * 100 : 0;
}
