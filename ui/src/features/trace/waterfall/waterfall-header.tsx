// The sticky first row: controls of the tree on the left, the time's ruler on the right.

import { ChevronsDownUp, ChevronsUpDown, Minus, Plus } from 'lucide-react';
import { IconButton } from '../../../ui/button';
import { useSession } from '../trace-session';
import { WholeTraceButton } from '../whole-trace-button';
import './waterfall-header.css';
import { Ruler } from './waterfall-ruler';

export function WaterfallHeader() {
  const { rows } = useSession();
  return (
    <div className="waterfall-header" role="row" aria-rowindex={1}>
      <div className="waterfall-controls" role="columnheader">
        <span className="visually-hidden">Span</span>
        <IconButton
          label="Collapse all"
          shortcut="{"
          icon={<ChevronsDownUp size={14} aria-hidden />}
          onClick={() => rows.collapseAll()}
        />
        <IconButton
          label="Expand all"
          shortcut="}"
          icon={<ChevronsUpDown size={14} aria-hidden />}
          onClick={() => rows.expandAll()}
        />
        <IconButton
          label="One level less"
          shortcut="["
          icon={<Minus size={14} aria-hidden />}
          onClick={() => rows.expandToLevel(Math.max(0, rows.shownLevel() - 1))}
        />
        <IconButton
          label="One level more"
          shortcut="]"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => rows.expandToLevel(rows.shownLevel() + 1)}
        />
      </div>
      <div className="waterfall-ruler" role="columnheader">
        <span className="visually-hidden">Time</span>
        <Ruler />
        <WholeTraceButton />
      </div>
    </div>
  );
}
