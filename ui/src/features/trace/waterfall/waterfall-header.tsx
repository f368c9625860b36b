// The sticky first row: controls of the tree on the left, the time's ruler on the right.

import { ChevronsDownUp, ChevronsUpDown, Minus, Plus, Route, ZoomOut } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { Button, IconButton } from '../../../ui/button';
import { useSession } from '../trace-session';
import './waterfall-header.css';
import { Ruler } from './waterfall-ruler';

interface WaterfallHeaderProps {
  path: boolean;
  onTogglePath: () => void;
}

export function WaterfallHeader({ path, onTogglePath }: WaterfallHeaderProps) {
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
        <span className="waterfall-controls-space" />
        <Button
          variant="plain"
          icon={<Route size={14} aria-hidden />}
          aria-pressed={path}
          title="What the trace's duration is made of (p)"
          onClick={onTogglePath}
        >
          Critical path
        </Button>
      </div>
      <div className="waterfall-ruler" role="columnheader">
        <span className="visually-hidden">Time</span>
        <Ruler />
        <WholeTraceButton />
      </div>
    </div>
  );
}

function WholeTraceButton() {
  const { view } = useSession();
  const isWhole = useSyncExternalStore(view.watch, () => view.isWhole);
  if (isWhole) return null;
  return (
    <IconButton
      className="waterfall-whole"
      label="Whole trace"
      shortcut="0"
      icon={<ZoomOut size={14} aria-hidden />}
      onClick={() => view.reset()}
    />
  );
}
