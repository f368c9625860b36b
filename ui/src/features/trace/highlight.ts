// Which spans stand out: found by the search, of a group that isn't dimmed, picked in a table, on the
// critical path. The others are dimmed, not hidden.

import type { ColorGroups } from '../../viz/color-groups';
import { parseDimensions } from '../../viz/dimensions';
import { type SpanMatches, searchSpans } from '../../viz/span-search';
import { columnsOf } from '../../viz/span-statistics';
import { findSpan, SPAN_FLAGS, type TraceModel } from '../../viz/trace-model';
import { joinedNames } from './legend-filter';
import { parseSpanName, type TraceSearch } from './trace-search';

export interface Highlight {
  matches: SpanMatches | null;
  // By group of the colours: 1 for those that stand out; null when all are shown alike.
  chosenGroups: Uint8Array | null;
  // By span, 1 for those picked in a table; null when none are.
  alike: Uint8Array | null;
  criticalPath: boolean;
}

export function highlightFor(model: TraceModel, colors: ColorGroups, search: TraceSearch): Highlight {
  return {
    matches: searchSpans(model, search.q ?? ''),
    chosenGroups: chosenGroups(colors, search),
    alike: spansAlike(model, search.like, search.by),
    criticalPath: search.path ?? false,
  };
}

// Names that this trace doesn't have choose nothing: a stale link must not dim everything.
function chosenGroups({ groups }: ColorGroups, search: TraceSearch): Uint8Array | null {
  const alone = new Set(joinedNames(search.services));
  const dimmed = new Set(joinedNames(search.dim));
  const anyAlone = groups.some(({ name }) => alone.has(name));
  const chosen = Uint8Array.from(groups, ({ name }) => ((!anyAlone || alone.has(name)) && !dimmed.has(name) ? 1 : 0));
  return chosen.includes(0) && chosen.includes(1) ? chosen : null;
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

// 1 for each span that stands out; null when nothing is dimmed. `groupOf` is by span.
export function litSpans(model: TraceModel, groupOf: Int32Array, highlight: Highlight): Uint8Array | null {
  const { matches, chosenGroups, criticalPath, alike } = highlight;
  if (!matches && !chosenGroups && !criticalPath && !alike) return null;
  return Uint8Array.from({ length: model.count }, (_, span) => (isDimmed(model, groupOf, highlight, span) ? 0 : 1));
}

export function isDimmed(model: TraceModel, groupOf: Int32Array, highlight: Highlight, span: number): boolean {
  if (highlight.matches && !highlight.matches.flags[span]) return true;
  if (highlight.chosenGroups && !highlight.chosenGroups[groupOf[span]]) return true;
  if (highlight.alike && !highlight.alike[span]) return true;
  return highlight.criticalPath && !(model.flags[span] & SPAN_FLAGS.critical);
}
