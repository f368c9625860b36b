// Everything that the waterfall's rows show, for the code that writes them.

import type { TraceModel } from '../../../viz/trace-model';
import type { TreeRows } from '../../../viz/tree-rows';
import type { Highlight } from '../highlight';
import type { TraceColors } from '../trace-session';

export interface RowScene {
  model: TraceModel;
  colors: TraceColors;
  tree: TreeRows;
  // Of the tree, when the scene was made.
  rows: Int32Array;
  highlight: Highlight;
  // Pixels by which a level is indented.
  indent: number;
  // Words to be marked.
  terms: readonly string[];
  // The span whose detail is open, -1 for none.
  selected: number;
  // Place of the row that the keyboard is on.
  cursorPlace: number;
}
