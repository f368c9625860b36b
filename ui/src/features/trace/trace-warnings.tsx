import { TriangleAlert } from 'lucide-react';
import type { TraceSkeleton } from '../../api/types';
import { formatCount } from '../../format/count';
import { Popover } from '../../ui/popover';
import { spanText } from './span-text';
import { useSession } from './trace-session';
import './trace-warnings.css';

type Warning = TraceSkeleton['warnings'][number];

const SPANS_LISTED = 8;

const NAMES: Record<Warning['code'], string> = {
  missing_parent: 'incomplete',
  several_roots: 'several roots',
  no_root: 'no root span',
  duplicate_ids: 'shared ids',
  clock_skew: 'clock skew',
  several_traces: 'several traces',
  cycle: 'cycle',
  unfinished: 'unfinished spans',
  sampled_out: 'sampled out',
};

const MEANINGS: Record<Warning['code'], string> = {
  missing_parent:
    'The spans between were not sent, not kept, or are still on their way. What hangs below them is shown at the top level.',
  several_roots: 'Several spans have no parent. Usually one trace id was used for several requests.',
  no_root:
    'The request may still be running, or its first service sends its spans elsewhere. The first entry span speaks for the trace.',
  duplicate_ids: 'All of them are shown. Children hang below the first one.',
  clock_skew: 'Times are shown as they were reported, so a span can seem to start before the one that called it.',
  several_traces: 'Different 128-bit trace ids share the lower half that this one was found by.',
  cycle: 'Spans that name each other as parents are shown at the top level.',
  unfinished: 'Their durations will grow with the next report.',
  sampled_out: 'What is here was kept for itself. How long the request took, and what else it did, cannot be told.',
};

export function TraceWarnings({ onShowSpan }: { onShowSpan: (span: number) => void }) {
  const { model } = useSession();
  if (model.skeleton.warnings.length === 0) return null;
  return (
    <div className="trace-warnings">
      {model.skeleton.warnings.map((warning) => (
        <Popover
          key={warning.code}
          label={NAMES[warning.code]}
          triggerClassName="trace-warning"
          trigger={
            <>
              <TriangleAlert size={12} aria-hidden />
              {NAMES[warning.code]}
            </>
          }
        >
          {(close) => (
            <WarningText
              warning={warning}
              onShowSpan={(span) => {
                close();
                onShowSpan(span);
              }}
            />
          )}
        </Popover>
      ))}
    </div>
  );
}

function WarningText({ warning, onShowSpan }: { warning: Warning; onShowSpan: (span: number) => void }) {
  const { model } = useSession();
  const more = warning.spans.length - SPANS_LISTED;
  return (
    <div className="trace-warning-text">
      <p className="trace-warning-message">{warning.message}</p>
      <p>{MEANINGS[warning.code]}</p>
      <ul>
        {warning.spans.slice(0, SPANS_LISTED).map((span) => {
          const { service, operation, resource } = spanText(model, span);
          return (
            <li key={span}>
              <button type="button" onClick={() => onShowSpan(span)}>
                {service.name} {operation} <span>{resource}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {more > 0 && <p>and {formatCount(more)} more</p>}
    </div>
  );
}
