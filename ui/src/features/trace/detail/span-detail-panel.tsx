// Everything that is known of one span, below the waterfall or beside it.

import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type PointerEvent, type RefObject, useRef, useState } from 'react';
import { spanDetailsQuery } from '../../../api/queries';
import type { SpanDetail } from '../../../api/types';
import { type DetailPlacement, setPreference, usePreferences } from '../../../ui/preferences';
import { QueryProgress, QueryState } from '../../../ui/query-state';
import { Resizer } from '../../../ui/resizer';
import { RowsSkeleton } from '../../../ui/rows-skeleton';
import { ordinalOf, type TraceModel } from '../../../viz/trace-model';
import { useSession } from '../trace-session';
import { DatabaseStatement } from './database-statement';
import { HttpRequest, hasHttpRequest } from './http-request';
import { SpanAttributes } from './span-attributes';
import { SpanError } from './span-error';
import { SpanEvents } from './span-events';
import { SpanFacts } from './span-facts';
import { SpanHeader } from './span-header';
import { SpanJson } from './span-json';
import { SpanLinks } from './span-links';
import { statementOf } from './statement';
import './span-detail-panel.css';

const WHAT = 'The detail of this span';

interface SpanDetailPanelProps {
  span: number;
  onClose: () => void;
  onShowSpan: (span: number) => void;
}

export function SpanDetailPanel({ span, onClose, onShowSpan }: SpanDetailPanelProps) {
  const { model, traceId } = useSession();
  const placement = usePreferences((preferences) => preferences.detailPlacement);
  const [asJson, setAsJson] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const options = spanDetailsQuery(traceId, model.skeleton.spans.id[span]);
  const details = useQuery(options);
  const detail = details.data?.[placeAmongTwins(model, span, details.data)];

  // Within the panel, `/` means its own filter.
  function onKeyDown(event: KeyboardEvent) {
    const typing = (event.target as Element).matches('input');
    const filter = panel.current?.querySelector<HTMLInputElement>('[data-attribute-filter]');
    if (event.key !== '/' || typing || !filter) return;
    event.preventDefault();
    filter.focus();
  }

  return (
    <>
      <PanelResizer placement={placement} panel={panel} />
      <aside
        ref={panel}
        className="span-detail"
        aria-label="Span detail"
        style={useSize(placement)}
        onKeyDown={onKeyDown}
      >
        <QueryProgress what={WHAT} query={details} keys={[options.queryKey]} />
        <SpanHeader
          span={span}
          placement={placement}
          asJson={asJson}
          onToggleJson={() => setAsJson(!asJson)}
          onShowSpan={onShowSpan}
          onClose={onClose}
        />
        <div className="span-detail-content">
          <SpanFacts span={span} detail={detail} />
          <QueryState key={span} what={WHAT} query={details} skeleton={<RowsSkeleton what="the span’s tags" />} />
          {detail && (asJson ? <SpanJson detail={detail} /> : <Sections detail={detail} onShowSpan={onShowSpan} />)}
        </div>
      </aside>
    </>
  );
}

function Sections({ detail, onShowSpan }: { detail: SpanDetail; onShowSpan: (span: number) => void }) {
  const statement = statementOf(detail);
  const hasStory =
    detail.error || statement || hasHttpRequest(detail) || detail.events.length > 0 || detail.links.length > 0;
  return (
    <div className="span-detail-sections">
      {hasStory && (
        <div className="span-detail-story">
          {detail.error && <SpanError error={detail.error} />}
          {statement && <DatabaseStatement detail={detail} statement={statement} />}
          {hasHttpRequest(detail) && <HttpRequest detail={detail} />}
          {detail.events.length > 0 && <SpanEvents detail={detail} />}
          {detail.links.length > 0 && <SpanLinks links={detail.links} />}
        </div>
      )}
      <SpanAttributes key={detail.span_id} detail={detail} onShowSpan={onShowSpan} />
    </div>
  );
}

// Of several spans with one id, the answer that begins when this one does.
function placeAmongTwins(model: TraceModel, span: number, details: readonly SpanDetail[]): number {
  if (details.length < 2) return 0;
  const start = BigInt(model.skeleton.start_ns) + BigInt(Math.round(model.start[span]));
  const same = details.findIndex((detail) => BigInt(detail.start_ns) === start);
  return same >= 0 ? same : Math.min(ordinalOf(model, span), details.length - 1);
}

function useSize(placement: DetailPlacement) {
  const height = usePreferences((preferences) => preferences.detailHeight);
  const width = usePreferences((preferences) => preferences.detailWidth);
  return placement === 'bottom' ? { height } : { width };
}

function PanelResizer({ placement, panel }: { placement: DetailPlacement; panel: RefObject<HTMLElement | null> }) {
  const { detailHeight, detailWidth } = usePreferences();
  const box = () => panel.current?.getBoundingClientRect() ?? new DOMRect();
  if (placement === 'bottom') {
    return (
      <Resizer
        label="Height of the detail"
        orientation="horizontal"
        value={detailHeight}
        min={140}
        max={Math.round(window.innerHeight * 0.75)}
        step={20}
        direction={-1}
        valueAt={(event: PointerEvent) => box().bottom - event.clientY}
        onChange={(height) => setPreference({ detailHeight: height })}
      />
    );
  }
  return (
    <Resizer
      label="Width of the detail"
      orientation="vertical"
      value={detailWidth}
      min={360}
      max={Math.round(window.innerWidth * 0.7)}
      step={20}
      direction={-1}
      valueAt={(event: PointerEvent) => box().right - event.clientX}
      onChange={(width) => setPreference({ detailWidth: width })}
    />
  );
}
