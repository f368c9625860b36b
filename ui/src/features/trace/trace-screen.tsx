// A loaded trace: header, legend, overview, waterfall, and the detail of the span that is open.

import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { TraceSkeleton } from '../../api/types';
import { usePreferences } from '../../ui/preferences';
import { findSpan, ordinalOf } from '../../viz/trace-model';
import { SpanDetailPanel } from './detail/span-detail-panel';
import { highlightFor, toggleService } from './highlight';
import { OverviewStrip } from './overview-strip';
import { ServiceLegend } from './service-legend';
import { TraceHeader } from './trace-header';
import { formatSpanName, parseSpanName, type TraceSearch } from './trace-search';
import { TraceSearchBox } from './trace-search-box';
import { TraceSessionProvider, useTraceSession } from './trace-session';
import { useCursor } from './use-cursor';
import { useTraceShortcuts } from './use-trace-shortcuts';
import { useUrlZoom } from './use-url-zoom';
import { Waterfall } from './waterfall/waterfall';
import './trace-screen.css';

const route = getRouteApi('/trace/$traceId');

interface TraceScreenProps {
  skeleton: TraceSkeleton;
  onReload: () => void;
}

export function TraceScreen({ skeleton, onReload }: TraceScreenProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const session = useTraceSession(skeleton);
  const { model, view } = session;
  const placement = usePreferences((preferences) => preferences.detailPlacement);

  const change = (part: Partial<TraceSearch>, replace: boolean) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace });
  useUrlZoom(view, { t0: search.t0, t1: search.t1 }, (zoom) => change(zoom, true));

  const selected = useMemo(() => {
    if (!search.span) return -1;
    const { id, ordinal } = parseSpanName(search.span);
    return findSpan(model, id, ordinal);
  }, [model, search.span]);
  const nameOf = (span: number) => formatSpanName({ id: skeleton.spans.id[span], ordinal: ordinalOf(model, span) });
  // Opening, clicking and filtering are steps to go back through; moving on with the keyboard, typing and zooming aren't.
  const select = (span: number, replace = false) => {
    if (span !== selected) change({ span: nameOf(span) }, replace);
  };
  const close = () => change({ span: undefined }, false);

  const cursor = useCursor(session, selected, (span) => select(span, true));
  const { q, services, path } = search;
  const highlight = useMemo(() => highlightFor(model, { q, services, path }), [model, q, services, path]);
  const togglePath = () => change({ path: !path }, false);
  useTraceShortcuts({
    session,
    cursor,
    highlight,
    isOpen: selected >= 0,
    onClose: close,
    onTogglePath: togglePath,
    onClearHighlight: () => change({ q: undefined, services: undefined }, true),
  });

  return (
    <TraceSessionProvider value={session}>
      <div className="trace-screen" data-placement={placement}>
        <div className="trace-screen-main">
          <TraceHeader onReload={onReload} onShowSpan={cursor.goTo}>
            <TraceSearchBox
              query={q ?? ''}
              matches={highlight.matches}
              cursor={cursor}
              onQuery={(text) => change({ q: text || undefined }, true)}
            />
          </TraceHeader>
          <ServiceLegend
            chosen={services}
            onToggle={(name, alone) => change({ services: toggleService(services, name, alone) }, false)}
          />
          <OverviewStrip />
          <Waterfall
            cursor={cursor}
            selected={selected}
            highlight={highlight}
            query={q ?? ''}
            onSelect={select}
            onTogglePath={togglePath}
          />
        </div>
        {selected >= 0 && <SpanDetailPanel span={selected} onClose={close} onShowSpan={cursor.goTo} />}
      </div>
    </TraceSessionProvider>
  );
}
