import { X } from 'lucide-react';
import { formatCountOf } from '../../format/count';
import { IconButton } from '../../ui/button';
import { parseDimensions } from '../../viz/dimensions';
import { shortened } from '../../viz/flame-labels';
import { findSpan } from '../../viz/trace-model';
import type { Highlight } from './highlight';
import { nameIn } from './span-text';
import { parseSpanName, type TraceSearch } from './trace-search';
import { useSession } from './trace-session';
import './picked-spans.css';

const NAME_MAX = 80;

// What was picked in a table, in every view, and the way to let go of it.
export function PickedSpans({
  highlight,
  search,
  onClear,
}: {
  highlight: Highlight;
  search: TraceSearch;
  onClear: () => void;
}) {
  const { model } = useSession();
  if (!highlight.alike || !search.like || !search.by) return null;
  const { id, ordinal } = parseSpanName(search.like);
  const sample = findSpan(model, id, ordinal);
  const names = parseDimensions(search.by).map((dimension) => nameIn(model, dimension, sample) || `no ${dimension}`);
  const count = highlight.alike.reduce((sum, flag) => sum + flag, 0);
  return (
    <span className="picked-spans" role="status">
      <span className="picked-spans-name" title={names.join('\n')}>
        Only {shortened(names.join(' · '), NAME_MAX)}
      </span>
      <span className="picked-spans-count">{formatCountOf(count, 'span')}</span>
      <IconButton label="Show all spans again" shortcut="Esc" icon={<X size={14} aria-hidden />} onClick={onClear} />
    </span>
  );
}
