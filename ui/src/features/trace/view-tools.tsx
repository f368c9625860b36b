// Which way the trace is looked at, and what all of them share: the errors one by one, the critical path.

import { ChartGantt, ChevronDown, ChevronUp, CircleAlert, Flame, List, Route, Sigma } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton } from '../../ui/button';
import { TRACE_VIEWS, type TraceView } from '../../ui/preferences';
import { useSession } from './trace-session';
import './view-tools.css';

export const VIEW_NAMES: Record<TraceView, string> = {
  waterfall: 'Waterfall',
  flame: 'Flame graph',
  list: 'Span list',
  statistics: 'Statistics',
};

const ICONS: Record<TraceView, ReactNode> = {
  waterfall: <ChartGantt size={14} aria-hidden />,
  flame: <Flame size={14} aria-hidden />,
  list: <List size={14} aria-hidden />,
  statistics: <Sigma size={14} aria-hidden />,
};

interface ViewToolsProps {
  view: TraceView;
  path: boolean;
  onView: (view: TraceView) => void;
  onTogglePath: () => void;
  onNextError: (direction: 1 | -1) => void;
}

export function ViewTools({ view, path, onView, onTogglePath, onNextError }: ViewToolsProps) {
  const { error_count } = useSession().model.skeleton;
  return (
    <div className="view-tools">
      {error_count > 0 && (
        <div className="view-tools-errors">
          <CircleAlert size={14} aria-hidden />
          <IconButton
            label="Previous error"
            shortcut="E"
            icon={<ChevronUp size={14} aria-hidden />}
            onClick={() => onNextError(-1)}
          />
          <IconButton
            label="Next error"
            shortcut="e"
            icon={<ChevronDown size={14} aria-hidden />}
            onClick={() => onNextError(1)}
          />
        </div>
      )}
      <Button
        variant="plain"
        icon={<Route size={14} aria-hidden />}
        aria-pressed={path}
        title="What the trace's duration is made of (p)"
        onClick={onTogglePath}
      >
        Critical path
      </Button>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is sent with a form */}
      <div className="view-switch" role="group" aria-label="View">
        {TRACE_VIEWS.map((each, place) => (
          <Button
            key={each}
            variant="plain"
            icon={ICONS[each]}
            aria-pressed={each === view}
            title={`${VIEW_NAMES[each]} (${place + 1})`}
            onClick={() => onView(each)}
          >
            {VIEW_NAMES[each]}
          </Button>
        ))}
      </div>
    </div>
  );
}
