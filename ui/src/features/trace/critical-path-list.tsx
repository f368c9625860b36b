// What the request's duration is made of, in numbers: the spans that it waited for, and their sum.

import { useMemo } from 'react';
import { formatCount, formatCountOf } from '../../format/count';
import { formatDuration, formatDurationExact } from '../../format/duration';
import { formatShare } from '../../format/percent';
import { ServiceSwatch } from '../../ui/service-name';
import { criticalPathOf } from '../../viz/critical-path';
import { shortened } from '../../viz/flame-labels';
import { findSpan } from '../../viz/trace-model';
import { spanText } from './span-text';
import { useSession } from './trace-session';
import './critical-path-list.css';

const LISTED = 6;
const NAME_MAX = 40;

export function CriticalPathList({ onShowSpan }: { onShowSpan: (span: number) => void }) {
  const { skeleton, model } = useSession();
  const { shares, spans, totalNs } = useMemo(() => criticalPathOf(skeleton), [skeleton]);
  const more = shares.slice(LISTED);
  const moreNs = more.reduce((sum, { ns }) => sum + ns, 0);
  const moreSpans = more.reduce((sum, share) => sum + share.spans, 0);
  const whole = skeleton.duration_ns;

  return (
    <section className="critical-path" aria-label="Critical path">
      <p>
        <b title={formatDurationExact(totalNs)}>{formatDuration(totalNs)}</b>{' '}
        {totalNs === whole ? 'all of the trace' : `of the trace’s ${formatDuration(whole)}, its root’s duration,`} in{' '}
        {formatCountOf(spans, 'span')}:
      </p>
      <ol>
        {shares.slice(0, LISTED).map(({ span, spans: alike, ns }) => {
          const { service, operation, resource } = spanText({ skeleton }, span);
          const name = `${service.name} ${resource || operation}`;
          // By what the span is called, for parts of the trace may be hidden.
          const shown = findSpan(model, skeleton.spans.id[span]);
          return (
            <li key={span}>
              <button type="button" disabled={shown < 0} title={name} onClick={() => onShowSpan(shown)}>
                <ServiceSwatch slot={service.slot} />
                <span className="critical-path-name">{shortened(name, NAME_MAX)}</span>
                {alike > 1 && <span>×{formatCount(alike)}</span>}
              </button>
              <Time ns={ns} totalNs={totalNs} />
            </li>
          );
        })}
        {more.length > 0 && (
          <li>
            {formatCountOf(moreSpans, 'other span')} <Time ns={moreNs} totalNs={totalNs} />
          </li>
        )}
      </ol>
    </section>
  );
}

function Time({ ns, totalNs }: { ns: number; totalNs: number }) {
  return (
    <span className="critical-path-time" title={formatDurationExact(ns)}>
      {formatDuration(ns)} ({formatShare(ns, totalNs)})
    </span>
  );
}
