import { ArrowLeft, ArrowRight, Braces, PanelBottom, PanelRight, X, ZoomIn } from 'lucide-react';
import { ErrorBadge, HttpStatus } from '../../../ui/badges';
import { IconButton } from '../../../ui/button';
import { CopyButton } from '../../../ui/copy-button';
import { type DetailPlacement, setPreference } from '../../../ui/preferences';
import { ServiceName } from '../../../ui/service-name';
import { useShortcuts } from '../../../ui/shortcuts';
import { siblingOf } from '../../../viz/trace-model';
import { spanText } from '../span-text';
import { useSession } from '../trace-session';
import './span-header.css';

interface SpanHeaderProps {
  span: number;
  placement: DetailPlacement;
  asJson: boolean;
  onToggleJson: () => void;
  onShowSpan: (span: number) => void;
  onClose: () => void;
}

export function SpanHeader({ span, placement, asJson, onToggleJson, onShowSpan, onClose }: SpanHeaderProps) {
  const { model, view } = useSession();
  const text = spanText(model, span);
  const failed = model.failed[span] === 1;
  const otherPlacement = placement === 'bottom' ? 'right' : 'bottom';

  const siblings = { previous: siblingOf(model, span, -1), next: siblingOf(model, span, 1) };
  useShortcuts('Span detail', [
    { keys: '<', label: 'Previous sibling', run: () => onShowSpan(siblings.previous) },
    { keys: '>', label: 'Next sibling', run: () => onShowSpan(siblings.next) },
    { keys: '/', label: 'Filter the attributes' },
  ]);

  function zoomToSpan() {
    const margin = Math.max(1, (model.end[span] - model.start[span]) * 0.05);
    view.set(model.start[span] - margin, model.end[span] + margin);
    onShowSpan(span);
  }

  return (
    <header className="span-header">
      <h2 className="span-header-title">
        <ServiceName service={text.service} />
        <span className="span-header-separator" aria-hidden>
          ›
        </span>
        <span className="span-header-operation">{text.operation}</span>
        {text.resource !== text.operation && (
          <span className="span-header-resource" title={text.resource}>
            {text.resource}
          </span>
        )}
        {text.httpStatus > 0 && <HttpStatus code={text.httpStatus} />}
        {failed && text.httpStatus < 500 && <ErrorBadge />}
      </h2>
      <div className="span-header-actions">
        <IconButton
          label="Previous sibling"
          shortcut="<"
          disabled={siblings.previous === span}
          icon={<ArrowLeft size={14} aria-hidden />}
          onClick={() => onShowSpan(siblings.previous)}
        />
        <IconButton
          label="Next sibling"
          shortcut=">"
          disabled={siblings.next === span}
          icon={<ArrowRight size={14} aria-hidden />}
          onClick={() => onShowSpan(siblings.next)}
        />
        <CopyButton text={model.skeleton.spans.id[span]} label="Copy the span id" />
        <IconButton label="Zoom to this span" icon={<ZoomIn size={14} aria-hidden />} onClick={zoomToSpan} />
        <IconButton
          label="Show as JSON"
          aria-pressed={asJson}
          icon={<Braces size={14} aria-hidden />}
          onClick={onToggleJson}
        />
        <IconButton
          label={placement === 'bottom' ? 'Move to the right' : 'Move to the bottom'}
          icon={placement === 'bottom' ? <PanelRight size={14} aria-hidden /> : <PanelBottom size={14} aria-hidden />}
          onClick={() => setPreference({ detailPlacement: otherPlacement })}
        />
        <IconButton label="Close" shortcut="Esc" icon={<X size={16} aria-hidden />} onClick={onClose} />
      </div>
    </header>
  );
}
