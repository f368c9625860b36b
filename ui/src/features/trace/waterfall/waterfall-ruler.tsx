// The time line's marks: their text in the header, their lines behind the rows.
//
// The only parts that React renders for a zoom frame, a handful of elements each.

import { useMemo, useSyncExternalStore } from 'react';
import { axisFormatter } from '../../../format/duration';
import { timeTicks } from '../../../viz/ticks';
import { useSession } from '../trace-session';
import './waterfall-ruler.css';

const TICKS_MAX = 7;
// From here on there is no room for the text behind its mark.
const LAST_SHARE = 0.93;

// The ticks of what is on screen: their text, and where they stand as shares of the width.
function useTicks(): { text: string; share: number }[] {
  const { view } = useSession();
  const revision = useSyncExternalStore(view.watch, () => view.revision);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision stands for the view's two ends
  return useMemo(() => {
    const { stepNs, at } = timeTicks(view.t0, view.t1, TICKS_MAX);
    const format = axisFormatter(Math.max(...at, stepNs), stepNs);
    return at.map((ns) => ({ text: format(ns), share: (ns - view.t0) / (view.t1 - view.t0) }));
  }, [view, revision]);
}

export function Ruler() {
  return (
    <div className="waterfall-lane" aria-hidden>
      {useTicks().map((tick) => (
        <span
          key={tick.text}
          className="waterfall-tick"
          style={tick.share > LAST_SHARE ? { right: `${(1 - tick.share) * 100}%` } : { left: `${tick.share * 100}%` }}
        >
          {tick.text}
        </span>
      ))}
    </div>
  );
}

// The ticks' lines, behind the rows.
export function WaterfallGrid() {
  return (
    <div className="waterfall-grid" aria-hidden>
      <div className="waterfall-lane">
        {useTicks().map((tick) => (
          <span key={tick.text} className="waterfall-grid-line" style={{ left: `${tick.share * 100}%` }} />
        ))}
      </div>
    </div>
  );
}
