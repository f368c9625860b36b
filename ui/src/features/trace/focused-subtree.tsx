import { X } from 'lucide-react';
import { formatCount } from '../../format/count';
import { IconButton } from '../../ui/button';
import { shortened } from '../../viz/flame-labels';
import { findSpan } from '../../viz/trace-model';
import { spanText } from './span-text';
import { parseSpanName } from './trace-search';
import { useSession } from './trace-session';
import './picked-spans.css';

const NAME_MAX = 60;

// Which part of the trace is shown, in every view, and the way back to all of it.
export function FocusedSubtree({ focus, onClear }: { focus: string | undefined; onClear: () => void }) {
  const { model, skeleton } = useSession();
  if (!focus) return null;
  const { id, ordinal } = parseSpanName(focus);
  const span = findSpan({ skeleton }, id, ordinal);
  if (span < 0) return null;
  const { service, operation, resource } = spanText({ skeleton }, span);
  const name = `${service.name} ${resource || operation}`;
  return (
    <span className="picked-spans" role="status">
      <span className="picked-spans-name" title={name}>
        Below {shortened(name, NAME_MAX)}
      </span>
      <span className="picked-spans-count">
        {formatCount(model.count)} of {formatCount(skeleton.spans.id.length)} spans
      </span>
      <IconButton label="Show the whole trace again" icon={<X size={14} aria-hidden />} onClick={onClear} />
    </span>
  );
}
