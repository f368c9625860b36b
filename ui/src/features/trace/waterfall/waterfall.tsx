// The tree of spans with a bar for each on a shared time line. Only rows on screen exist as elements.
//
// Zooming and panning change two CSS variables of each row's time line. React renders when rows change or scroll, never for
// a zoom frame.

import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type SyntheticEvent,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import { formatCountOf } from '../../../format/count';
import { setPreference, usePreferences } from '../../../ui/preferences';
import { Resizer } from '../../../ui/resizer';
import { searchTerms } from '../../../viz/span-search';
import type { TraceModel } from '../../../viz/trace-model';
import { isGroupRow, spanOfRow } from '../../../viz/tree-rows';
import { type Highlight, isDimmed } from '../highlight';
import { useSession } from '../trace-session';
import type { Cursor } from '../use-cursor';
import { useSpanPrefetch } from '../use-span-prefetch';
import { useTimelinePointer } from '../use-timeline-pointer';
import { GroupRow } from './group-row';
import { elementOfRow, rowOfEvent } from './row-elements';
import { SpanRow } from './span-row';
import { useTreeShortcuts } from './use-tree-shortcuts';
import { useZoomedRows } from './use-zoomed-rows';
import { WaterfallHeader } from './waterfall-header';
import { rowAfterKey } from './waterfall-keys';
import { WaterfallGrid } from './waterfall-ruler';
import './waterfall.css';

const ROW_HEIGHT = 24;
const HEADER_HEIGHT = 28;
const TIME_LINE = { lane: '.waterfall-lane', area: '.waterfall-time' };

interface WaterfallProps {
  cursor: Cursor;
  // Index of the span whose detail is open, -1 for none.
  selected: number;
  highlight: Highlight;
  query: string;
  onSelect: (span: number) => void;
}

export function Waterfall({ cursor, selected, highlight, query, onSelect }: WaterfallProps) {
  const { model, rows: tree, view } = useSession();
  const rows = useSyncExternalStore(tree.watch, tree.snapshot);
  const treeShare = usePreferences((preferences) => preferences.treeShare);
  const scroller = useRef<HTMLDivElement>(null);
  const terms = useMemo(() => searchTerms(query), [query]);

  const cursorPlace = tree.placeOf(cursor.row);
  const cursorRow = rows[cursorPlace];
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    // The sticky header covers the first rows' worth of the scrolled area.
    scrollPaddingEnd: HEADER_HEIGHT,
    // The cursor's row keeps the focus, so it stays in the page wherever it is.
    rangeExtractor: (range) => withCursor(range, cursorPlace),
  });

  useZoomedRows(scroller);
  useTreeShortcuts();

  const { move } = cursor;
  const awaitsFocus = useRef(false);
  // Once per move: the cursor's place also changes when rows above it open or close.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!move) return;
    virtualizer.scrollToIndex(cursorPlace, { align: move.align });
    awaitsFocus.current = move.focus;
  }, [move]);

  // When the view has just come, its rows are there one render later.
  useEffect(() => {
    const element = awaitsFocus.current ? elementOfRow(scroller.current, cursorRow) : null;
    if (!element) return;
    awaitsFocus.current = false;
    element.focus({ preventScroll: true });
  });

  // The panel that opens may cover the row that was clicked.
  useEffect(() => {
    if (selected >= 0) elementOfRow(scroller.current, selected)?.scrollIntoView({ block: 'nearest' });
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

  function onKeyDown(event: KeyboardEvent) {
    // The header's buttons have keys of their own.
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
        style={{ '--tree': `${treeShare}%`, '--indent': `${indentOf(model)}px` } as CSSProperties}
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
        <div
          role="treegrid"
          aria-label={`Spans of the trace, ${formatCountOf(rows.length, 'row')}`}
          aria-rowcount={rows.length + 1}
          onClick={onClick}
          onDoubleClick={onDoubleClick}
          onKeyDown={onKeyDown}
          onMouseOver={prefetchSoon}
          onFocus={prefetchSoon}
          {...timeline.props}
        >
          <WaterfallHeader />
          <div className="waterfall-rows" role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              const span = spanOfRow(model, row);
              const shared = {
                top: item.start,
                place: item.index,
                expanded: tree.isExpanded(row),
                isCursor: item.index === cursorPlace,
                dimmed: isDimmed(model, highlight, span),
              };
              return isGroupRow(row) ? (
                <GroupRow key={row} group={~row} {...shared} />
              ) : (
                <SpanRow
                  key={row}
                  span={row}
                  {...shared}
                  selected={row === selected}
                  matched={highlight.matches?.flags[row] === 1}
                  terms={terms}
                  criticalPath={highlight.criticalPath}
                />
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

// Deep traces are indented less per level, so that names keep some room.
function indentOf(model: TraceModel): number {
  return Math.round(Math.min(14, Math.max(7, 170 / model.skeleton.depth)));
}

function withCursor(range: Range, place: number): number[] {
  const indexes = defaultRangeExtractor(range);
  if (place < indexes[0]) indexes.unshift(place);
  else if (place > indexes[indexes.length - 1] && place < range.count) indexes.push(place);
  return indexes;
}

function shareAt(clientX: number, container: HTMLElement | null): number {
  const box = container?.getBoundingClientRect();
  return box && container ? ((clientX - box.left) / container.clientWidth) * 100 : 0;
}
