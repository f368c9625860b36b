// Where a key leads from a span of the flame graph: up to the parent, down to the first child, sideways to its siblings,
// whatever lanes those are on. So every span can be reached.

import { siblingOf, type TraceModel } from '../../../viz/trace-model';

// The span to move to, the same one where there is none, null for keys that mean nothing here.
export function spanAfterKey(key: string, model: TraceModel, span: number): number | null {
  switch (key) {
    case 'ArrowUp':
      return model.parent[span] >= 0 ? model.parent[span] : span;
    case 'ArrowDown':
      return model.childCount[span] > 0 ? span + 1 : span;
    case 'ArrowRight':
      return siblingOf(model, span, 1);
    case 'ArrowLeft':
      return siblingOf(model, span, -1);
    case 'Home':
      return 0;
    case 'End':
      return model.count - 1;
    default:
      return null;
  }
}
