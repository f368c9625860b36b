// What is measured, as a band over the time line: how long it is, and how many spans lie fully inside.

import { X } from 'lucide-react';
import { useMemo, useSyncExternalStore } from 'react';
import { formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { IconButton } from '../../ui/button';
import { spansWithin } from '../../viz/span-focus';
import { useSession } from './trace-session';
import './measure-mark.css';

export function MeasureMark() {
  const { model, view } = useSession();
  const measured = useSyncExternalStore(view.watch, () => view.measured);
  // Moves with the zoom.
  useSyncExternalStore(view.watch, () => (measured ? view.revision : 0));
  const within = useMemo(() => (measured ? spansWithin(model, measured.from, measured.to) : 0), [model, measured]);
  if (!measured) return null;

  const shareOf = (ns: number) => Math.min(1, Math.max(0, (ns - view.t0) / (view.t1 - view.t0)));
  const [left, right] = [shareOf(measured.from), shareOf(measured.to)];
  return (
    <div className="measure-layer">
      <div className="waterfall-lane">
        <div className="measure-band" style={{ left: `${left * 100}%`, right: `${(1 - right) * 100}%` }} />
        <div
          className="measure-text"
          data-side={left > 0.5 ? 'left' : 'right'}
          style={left > 0.5 ? { right: `${(1 - right) * 100}%` } : { left: `${left * 100}%` }}
        >
          <span role="status">
            Δ {formatDuration(Math.round(measured.to - measured.from))}, {formatCountOf(within, 'span')} inside
          </span>
          <IconButton
            label="Let go of the measure"
            shortcut="Esc"
            icon={<X size={12} aria-hidden />}
            onClick={() => view.measure(null)}
          />
        </div>
      </div>
    </div>
  );
}
