import type { SpanDetail } from '../../../api/types';
import { formatDurationExact } from '../../../format/duration';
import { formatShare } from '../../../format/percent';
import { Duration } from '../../../ui/duration';
import { ClockTime } from '../../../ui/time';
import { Fact } from '../fact';
import { useSession } from '../trace-session';
import { SpanRank } from './span-rank';
import './span-facts.css';

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

// What the skeleton knows is there at once; the rest comes with the detail.
export function SpanFacts({ span, detail }: { span: number; detail: SpanDetail | undefined }) {
  const { model } = useSession();
  const { spans, strings } = model.skeleton;
  const duration = spans.duration[span];
  const kind = KINDS[spans.kind[span]];
  const type = strings.types[spans.type[span]];
  const failed = model.failed[span] === 1;
  return (
    <dl className="span-facts">
      <Fact name="Duration" strong>
        <Duration ns={duration} />
      </Fact>
      <Fact name="Self time">
        <Duration ns={spans.self_ns[span]} />
      </Fact>
      <Fact name="Of the trace">{formatShare(duration, model.durationNs)}</Fact>
      <Fact name="Starts at">
        <span title={`${formatDurationExact(model.start[span])} after the trace’s start`}>
          +<Duration ns={model.start[span]} />
        </span>
        {detail && (
          <span className="span-facts-clock">
            {' '}
            (<ClockTime ns={detail.start_ns} />)
          </span>
        )}
      </Fact>
      <Fact name="Status" tone={failed ? 'error' : undefined}>
        {failed ? 'error' : 'ok'}
      </Fact>
      {detail && <SpanRank detail={detail} />}
      {kind && <Fact name="Kind">{kind}</Fact>}
      {type && <Fact name="Type">{type}</Fact>}
    </dl>
  );
}
