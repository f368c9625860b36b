// A loaded trace: header, legend, overview, one of the views, and the detail of the span that is open.
//
// Whatever the view: the span that is open, the cursor, the time on screen and what is dimmed are the same in all of them.

import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import type { TraceSkeleton } from '../../api/types';
import { setPreference, type TraceView, usePreferences } from '../../ui/preferences';
import { indexesOf, stepThrough } from '../../viz/span-search';
import { findSpan, ordinalOf } from '../../viz/trace-model';
import { spanOfRow } from '../../viz/tree-rows';
import { useRememberTrace } from '../recent/recently-viewed';
import { CriticalPathList } from './critical-path-list';
import { SpanDetailPanel } from './detail/span-detail-panel';
import { FlameGraph } from './flame/flame-graph';
import { FocusedSubtree } from './focused-subtree';
import { highlightFor } from './highlight';
import { hideGroup, type LegendFilter } from './legend-filter';
import { OverviewStrip } from './overview-strip';
import { PickedSpans } from './picked-spans';
import { ServiceLegend } from './service-legend';
import { SpanMenu, type SpanMenuPlace } from './span-menu';
import { spanText } from './span-text';
import { SpanList } from './tables/span-list';
import { SpanStatistics } from './tables/span-statistics';
import { TraceHeader } from './trace-header';
import { formatSpanName, parseSpanName, type TraceSearch } from './trace-search';
import { TraceSearchBox } from './trace-search-box';
import { TraceSessionProvider, useTraceSession } from './trace-session';
import { UnknownSpan } from './unknown-span';
import { useCursor } from './use-cursor';
import { useTraceShortcuts } from './use-trace-shortcuts';
import { useUrlZoom } from './use-url-zoom';
import { ViewTools } from './view-tools';
import { Waterfall } from './waterfall/waterfall';
import './trace-screen.css';

const route = getRouteApi('/trace/$traceId');
// From here on the first look is at the whole and not at the rows.
const FLAME_FROM_SPANS = 60;
const NO_LEGEND_FILTER: LegendFilter = { services: undefined, dim: undefined, hide: undefined };
const NO_FILTERS: Partial<TraceSearch> = {
  ...NO_LEGEND_FILTER,
  q: undefined,
  like: undefined,
  by: undefined,
  focus: undefined,
};

interface TraceScreenProps {
  skeleton: TraceSkeleton;
  onReload: () => void;
}

export function TraceScreen({ skeleton, onReload }: TraceScreenProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { q, color = 'service', services, dim, hide, focus, path, like, by } = search;
  const session = useTraceSession(skeleton, { color, hide, focus });
  const { model, colors, view } = session;
  const root = spanText({ skeleton }, skeleton.root);
  useRememberTrace(skeleton.trace_id, root.service.name, root.resource || root.operation);
  const placement = usePreferences((preferences) => preferences.detailPlacement);
  const lastView = usePreferences((preferences) => preferences.traceView);
  const shownView = search.view ?? lastView ?? (model.count < FLAME_FROM_SPANS ? 'waterfall' : 'flame');

  const change = (part: Partial<TraceSearch>, replace: boolean) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace });
  useUrlZoom(view, search, (times) => change(times, true));

  const selected = useMemo(() => {
    if (!search.span) return -1;
    const { id, ordinal } = parseSpanName(search.span);
    return findSpan(model, id, ordinal);
  }, [model, search.span]);
  const nameOf = useCallback(
    (span: number) => formatSpanName({ id: model.skeleton.spans.id[span], ordinal: ordinalOf(model, span) }),
    [model],
  );
  // Opening, clicking and filtering are steps to go back through; moving on with the keyboard, typing and zooming aren't.
  const select = (span: number, replace = false) => {
    if (span !== selected) change({ span: nameOf(span) }, replace);
  };
  const close = () => change({ span: undefined }, false);
  const clearFilters = () => change(NO_FILTERS, true);

  const cursor = useCursor(session, selected, (span) => select(span, true));
  const highlight = useMemo(
    () => highlightFor(model, colors, { q, services, dim, path, like, by }),
    [model, colors, q, services, dim, path, like, by],
  );
  const filter: LegendFilter = { services, dim, hide };
  const [menu, setMenu] = useState<SpanMenuPlace | null>(null);
  const togglePath = () => change({ path: !path }, false);

  // With the keyboard, the focus goes on in the view that comes.
  function showView(next: TraceView, withKeyboard: boolean) {
    if (next === shownView) return;
    setPreference({ traceView: next });
    change({ view: next, group: undefined, sort: undefined }, false);
    cursor.show(withKeyboard);
  }

  function goToError(direction: 1 | -1) {
    const next = stepThrough(indexesOf(model.failed), spanOfRow(model, cursor.row), direction);
    if (next < 0) return;
    // Tables have no place for a single span: its detail is opened beside them.
    if (shownView === 'list' || shownView === 'statistics') select(next);
    cursor.goTo(next);
  }

  useTraceShortcuts({
    session,
    cursor,
    highlight,
    isOpen: selected >= 0,
    onClose: close,
    onTogglePath: togglePath,
    onNextError: goToError,
    onView: (next) => showView(next, true),
    onClearHighlight: clearFilters,
  });

  const table = {
    highlight,
    search,
    nameOf,
    onChange: (part: Partial<TraceSearch>) => change(part, false),
    onClearFilters: clearFilters,
  };

  return (
    <TraceSessionProvider value={session}>
      <div className="trace-screen" data-placement={placement}>
        <div className="trace-screen-main">
          <TraceHeader
            onReload={onReload}
            onShowSpan={cursor.goTo}
            search={
              <TraceSearchBox
                query={q ?? ''}
                matches={highlight.matches}
                cursor={cursor}
                onQuery={(text) => change({ q: text || undefined }, true)}
              />
            }
          >
            <FocusedSubtree focus={focus} onClear={() => change({ focus: undefined }, false)} />
            <PickedSpans
              highlight={highlight}
              search={search}
              onClear={() => change({ like: undefined, by: undefined }, false)}
            />
            <ViewTools
              view={shownView}
              path={highlight.criticalPath}
              onView={(next) => showView(next, false)}
              onTogglePath={togglePath}
              onNextError={goToError}
            />
          </TraceHeader>
          {search.span !== undefined && selected < 0 && <UnknownSpan id={search.span} onDismiss={close} />}
          <ServiceLegend
            filter={filter}
            onFilter={(next) => change({ ...NO_LEGEND_FILTER, ...next }, false)}
            onColor={(next) =>
              // The names that were dimmed or hidden are of what was coloured by before.
              change({ ...NO_LEGEND_FILTER, color: next === 'service' ? undefined : next }, false)
            }
          />
          {highlight.criticalPath && <CriticalPathList onShowSpan={cursor.goTo} />}
          <OverviewStrip />
          {shownView === 'waterfall' && (
            <Waterfall
              cursor={cursor}
              selected={selected}
              highlight={highlight}
              query={q ?? ''}
              onSelect={select}
              onMenu={setMenu}
            />
          )}
          {shownView === 'flame' && (
            <FlameGraph cursor={cursor} selected={selected} highlight={highlight} onSelect={select} onMenu={setMenu} />
          )}
          {shownView === 'list' && <SpanList {...table} />}
          {shownView === 'statistics' && <SpanStatistics {...table} />}
        </div>
        {menu && (
          <SpanMenu
            {...menu}
            filter={filter}
            nameOf={nameOf}
            onOpen={select}
            onFocus={(span) => change({ focus: nameOf(span) }, false)}
            onHide={(name) => change(hideGroup(filter, name), false)}
            onClose={() => setMenu(null)}
          />
        )}
        {selected >= 0 && <SpanDetailPanel span={selected} onClose={close} onShowSpan={cursor.goTo} />}
      </div>
    </TraceSessionProvider>
  );
}
