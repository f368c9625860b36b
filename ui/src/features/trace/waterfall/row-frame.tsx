// What rows of spans and of groups have in common: their place, their level, and the cell of the tree.

import { ChevronDown, ChevronRight } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';
import { formatCount } from '../../../format/count';

// Beyond this many levels nothing is indented further; the level's number is shown instead.
const INDENT_LEVELS_MAX = 24;

export interface RowPlacement {
  // Pixels from the top of the rows.
  top: number;
  // Place among all rows, from 0.
  place: number;
  expanded: boolean;
  isCursor: boolean;
  dimmed: boolean;
}

interface RowFrameProps extends RowPlacement {
  row: number;
  level: number;
  // From 0, and how many siblings there are.
  siblingIndex: number;
  siblingCount: number;
  // Rows that appear when this one is expanded; 0 when it can't be.
  childCount: number;
  showCount: boolean;
  selected: boolean;
  matched: boolean;
  failed: boolean;
  style: CSSProperties;
  tree: ReactNode;
  // The last element is the bar's text.
  time: ReactNode;
}

export function RowFrame(props: RowFrameProps) {
  const { row, level, childCount, expanded, isCursor } = props;
  return (
    <div
      className="waterfall-row"
      role="row"
      aria-level={level + 1}
      aria-expanded={childCount > 0 ? expanded : undefined}
      aria-posinset={props.siblingIndex + 1}
      aria-setsize={props.siblingCount}
      aria-rowindex={props.place + 2}
      aria-selected={props.selected}
      tabIndex={isCursor ? 0 : -1}
      data-row={row}
      data-cursor={isCursor}
      data-dimmed={props.dimmed}
      data-matched={props.matched}
      data-failed={props.failed}
      style={{ ...props.style, transform: `translateY(${props.top}px)` }}
    >
      <div className="waterfall-tree" role="gridcell">
        <span className="waterfall-guides" style={{ '--level': Math.min(level, INDENT_LEVELS_MAX) } as CSSProperties} />
        {level > INDENT_LEVELS_MAX && <span className="waterfall-level">{level + 1}</span>}
        {childCount > 0 ? (
          <span className="waterfall-toggle" data-toggle title={expanded ? 'Collapse' : 'Expand'}>
            {expanded ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />}
            {props.showCount && <span className="waterfall-children">{formatCount(childCount)}</span>}
          </span>
        ) : (
          <span className="waterfall-toggle" />
        )}
        {props.tree}
      </div>
      <div className="waterfall-time" role="gridcell">
        <div className="waterfall-lane" data-lane-row={row}>
          {props.time}
        </div>
      </div>
    </div>
  );
}
