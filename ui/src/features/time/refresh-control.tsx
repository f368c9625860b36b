import { Pause, Play, RotateCw } from 'lucide-react';
import { distance } from '../../format/relative-time';
import { IconButton } from '../../ui/button';
import { useNow } from '../../ui/use-now';
import type { RefreshState } from './use-auto-refresh';
import './refresh-control.css';

interface RefreshControlProps {
  state: RefreshState;
  updatedAt: number;
  onRefresh: () => void;
  onPause: (paused: boolean) => void;
}

export function RefreshControl({ state, updatedAt, onRefresh, onPause }: RefreshControlProps) {
  return (
    <div className="refresh-control">
      <Age updatedAt={updatedAt} />
      {state.kind === 'held' && <span className="refresh-control-held">{state.reason}</span>}
      <IconButton label="Refresh now" shortcut="r" icon={<RotateCw size={14} aria-hidden />} onClick={onRefresh} />
      {state.kind === 'manual' ? null : state.kind === 'paused' ? (
        <IconButton
          label="Go on refreshing"
          shortcut="."
          icon={<Play size={14} aria-hidden />}
          onClick={() => onPause(false)}
        />
      ) : (
        <IconButton
          label="Stop refreshing"
          shortcut="."
          icon={<Pause size={14} aria-hidden />}
          onClick={() => onPause(true)}
        />
      )}
    </div>
  );
}

function Age({ updatedAt }: { updatedAt: number }) {
  const now = useNow();
  if (updatedAt === 0) return null;
  const age = Math.max(0, now - updatedAt);
  return <span>{age < 1_000 ? 'just now' : `${distance(age)} ago`}</span>;
}
