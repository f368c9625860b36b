import { ZoomOut } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { IconButton } from '../../ui/button';
import { useSession } from './trace-session';
import './whole-trace-button.css';

// The way back from any zoom, at the right end of a ruler.
export function WholeTraceButton() {
  const { view } = useSession();
  const isWhole = useSyncExternalStore(view.watch, () => view.isWhole);
  if (isWhole) return null;
  return (
    <IconButton
      className="whole-trace-button"
      label="Whole trace"
      shortcut="0"
      icon={<ZoomOut size={14} aria-hidden />}
      onClick={() => view.reset()}
    />
  );
}
