// Where a key leads from a span of the flame graph: up to the parent, down to the first child, sideways to its siblings,
// whatever lanes those are on. So every span can be reached.

import type { TraceModel } from '../../../viz/trace-model';

// The span to move to, the same one where there is none, null for keys that mean nothing here.
export function spanAfterKey(key: string, model: TraceModel, span: number): number | null {
  switch (key) {
    case 'ArrowUp':
      return model.parent[span] >= 0 ? model.parent[span] : span;
    case 'ArrowDown':
      return model.childCount[span] > 0 ? span + 1 : span;
    case 'ArrowRight':
      return nextSibling(model, span);
    case 'ArrowLeft':
      return previousSibling(model, span);
    case 'Home':
      return 0;
    case 'End':
      return model.count - 1;
    default:
      return null;
  }
}

function nextSibling({ count, parent, subtreeEnd }: TraceModel, span: number): number {
  const next = subtreeEnd[span];
  return next < count && parent[next] === parent[span] ? next : span;
}

// What stands before a span is somewhere below the sibling before it, or the parent.
function previousSibling({ parent }: TraceModel, span: number): number {
  let before = span - 1;
  while (before > parent[span] && parent[before] !== parent[span]) before = parent[before];
  return before > parent[span] ? before : span;
}
