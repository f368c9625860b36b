// Which spans stand out: found by the search, of a chosen service, picked in a table, on the
// critical path. The others are dimmed, not hidden.

import { parseDimensions } from '../../viz/dimensions';
import { type SpanMatches, searchSpans } from '../../viz/span-search';
import { columnsOf } from '../../viz/span-statistics';
import { findSpan, SPAN_FLAGS, type TraceModel } from '../../viz/trace-model';
import { parseSpanName, type TraceSearch } from './trace-search';

export interface Highlight {
  matches: SpanMatches | null;
  // By index of the skeleton's services; null when all are shown alike.
  chosenServices: Uint8Array | null;
  // By span, 1 for those picked in a table; null when none are.
  alike: Uint8Array | null;
  criticalPath: boolean;
}

export function highlightFor(model: TraceModel, search: TraceSearch): Highlight {
  return {
    matches: searchSpans(model, search.q ?? ''),
    chosenServices: chosenServices(model, search.services),
    alike: spansAlike(model, search.like, search.by),
    criticalPath: search.path ?? false,
  };
}

// Names that this trace doesn't have choose nothing: a stale link must not dim everything.
function chosenServices(model: TraceModel, names: string | undefined): Uint8Array | null {
  const wanted = new Set(serviceNames(names));
  const chosen = Uint8Array.from(model.skeleton.services, (service) => (wanted.has(service.name) ? 1 : 0));
  return chosen.includes(1) ? chosen : null;
}

// The spans that have the same names as one of them, in each of the given dimensions.
function spansAlike(model: TraceModel, like: string | undefined, by: string | undefined): Uint8Array | null {
  if (!like || !by) return null;
  const { id, ordinal } = parseSpanName(like);
  const sample = findSpan(model, id, ordinal);
  if (sample < 0) return null;
  const columns = columnsOf(model, parseDimensions(by));
  return Uint8Array.from({ length: model.count }, (_, span) =>
    columns.every((column) => column[span] === column[sample]) ? 1 : 0,
  );
}

export function serviceNames(joined: string | undefined): string[] {
  return joined ? joined.split(',') : [];
}

// The list with one service added or taken out; `alone` leaves only that one.
export function toggleService(joined: string | undefined, name: string, alone: boolean): string | undefined {
  const names = serviceNames(joined);
  const chosen = names.includes(name);
  if (alone) return chosen && names.length === 1 ? undefined : name;
  const next = chosen ? names.filter((other) => other !== name) : [...names, name];
  return next.length > 0 ? next.join(',') : undefined;
}

// 1 for each span that stands out; null when nothing is dimmed.
export function litSpans(model: TraceModel, highlight: Highlight): Uint8Array | null {
  const { matches, chosenServices, criticalPath, alike } = highlight;
  if (!matches && !chosenServices && !criticalPath && !alike) return null;
  return Uint8Array.from({ length: model.count }, (_, span) => (isDimmed(model, highlight, span) ? 0 : 1));
}

export function isDimmed(model: TraceModel, highlight: Highlight, span: number): boolean {
  if (highlight.matches && !highlight.matches.flags[span]) return true;
  if (highlight.chosenServices && !highlight.chosenServices[model.service[span]]) return true;
  if (highlight.alike && !highlight.alike[span]) return true;
  return highlight.criticalPath && !(model.flags[span] & SPAN_FLAGS.critical);
}
