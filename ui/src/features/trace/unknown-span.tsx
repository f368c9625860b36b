import { Link2Off, X } from 'lucide-react';
import { IconButton } from '../../ui/button';

// The address names a span that isn't in the trace: it may have been another's, or may still come.
export function UnknownSpan({ id, onDismiss }: { id: string; onDismiss: () => void }) {
  return (
    <div className="notice" role="status">
      <Link2Off size={16} aria-hidden />
      <p>
        This trace has no span <code>{id}</code>. If it still comes, it is opened.
      </p>
      <IconButton label="Forget the span" icon={<X size={14} aria-hidden />} onClick={onDismiss} />
    </div>
  );
}
