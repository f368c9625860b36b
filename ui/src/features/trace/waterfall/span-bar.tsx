import { type CSSProperties, useMemo } from 'react';
import { formatDuration } from '../../../format/duration';
import { slotStyle } from '../../../ui/service-color';
import { itemsOf } from '../../../viz/items-by-span';
import type { TraceModel } from '../../../viz/trace-model';
import { untracedGaps } from '../../../viz/untraced-gaps';
import { spanTooltip } from '../span-text';
import { useSession } from '../trace-session';

// Begin and end as shares of the trace; the style sheet turns them into pixels with the zoom's two variables.
// --l is where the label may begin: after the thin line of what outlives the span.
export function barStyle(
  model: TraceModel,
  startNs: number,
  endNs: number,
  slot: number,
  latestEndNs = endNs,
): CSSProperties {
  const label = { '--l': latestEndNs / model.durationNs } as CSSProperties;
  return { ...slotStyle(slot), ...timeStyle(model, startNs, endNs), ...label };
}

function timeStyle(model: TraceModel, startNs: number, endNs: number): CSSProperties {
  return { '--s': startNs / model.durationNs, '--e': endNs / model.durationNs } as CSSProperties;
}

interface SpanBarProps {
  span: number;
  failed: boolean;
  unfinished: boolean;
  criticalPath: boolean;
}

// A span's bar with what happened during it: gaps, events, its part of the critical path, and children that outlive it.
export function SpanBar({ span, failed, unfinished, criticalPath }: SpanBarProps) {
  const { model } = useSession();
  const { events, critical_path } = model.skeleton;
  const gaps = useMemo(() => untracedGaps(model, span), [model, span]);
  return (
    <>
      {model.latestEnd[span] > model.end[span] && (
        <span
          className="waterfall-outlived"
          title={`Something below it ends ${formatDuration(model.latestEnd[span] - model.end[span])} later`}
          style={timeStyle(model, model.end[span], model.latestEnd[span])}
        />
      )}
      <span
        className="waterfall-bar"
        data-failed={failed}
        data-unfinished={unfinished}
        title={spanTooltip(model, span)}
      />
      {gaps.map((gap) => (
        <span
          key={gap.start}
          className="waterfall-gap"
          title={`uninstrumented ${formatDuration(gap.end - gap.start)}: no child ran`}
          style={timeStyle(model, gap.start, gap.end)}
        />
      ))}
      {(criticalPath ? itemsOf(model.criticalPiecesOf, span) : []).map((piece) => (
        <span
          key={piece}
          className="waterfall-critical"
          style={timeStyle(model, critical_path[piece].start, critical_path[piece].end)}
        />
      ))}
      {itemsOf(model.eventsOf, span).map((event) => (
        <span
          key={event}
          className="waterfall-event"
          title={`${events.name[event]} at ${formatDuration(events.at[event])}`}
          style={timeStyle(model, events.at[event], events.at[event])}
        />
      ))}
    </>
  );
}
