import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatCount } from '../../../format/count';
import { CopyButton } from '../../../ui/copy-button';
import { findSpan } from '../../../viz/trace-model';
import { useSession } from '../trace-session';
import type { Attribute, AttributeGroup } from './attribute-groups';
import { AttributeValue } from './attribute-value';
import './attribute-group-view.css';

// Above this, a group shows its beginning and a button.
const SHOWN_MAX = 200;

interface AttributeGroupViewProps {
  group: AttributeGroup;
  // A filter is on: what it found is shown, whatever was folded.
  filtered: boolean;
  // The row `parent_id` leads to the parent.
  linkParent: boolean;
  onShowSpan: (span: number) => void;
}

export function AttributeGroupView({ group, filtered, linkParent, onShowSpan }: AttributeGroupViewProps) {
  const [opened, setOpened] = useState(false);
  const [all, setAll] = useState(false);
  const open = !group.internal || opened || filtered;
  const count = group.attributes.length;
  const attributes = all ? group.attributes : group.attributes.slice(0, SHOWN_MAX);
  return (
    <div className="attribute-group">
      {group.internal ? (
        <button type="button" className="attribute-group-name" aria-expanded={open} onClick={() => setOpened(!opened)}>
          <ChevronRight size={12} aria-hidden />
          {group.name} · {formatCount(count)}
        </button>
      ) : (
        <h4 className="attribute-group-name">{group.name}</h4>
      )}
      {open && (
        <dl>
          {attributes.map((attribute) => (
            <Row key={attribute.key} attribute={attribute}>
              {linkParent && attribute.key === 'parent_id' && (
                <ParentLink id={String(attribute.value)} onShowSpan={onShowSpan} />
              )}
            </Row>
          ))}
        </dl>
      )}
      {open && attributes.length < count && (
        <button type="button" className="attribute-more" onClick={() => setAll(true)}>
          Show all {formatCount(count)}
        </button>
      )}
    </div>
  );
}

function Row({ attribute, children }: { attribute: Attribute; children: ReactNode }) {
  return (
    <div className="attribute-row">
      <dt className="mono">{attribute.key}</dt>
      <dd>
        <AttributeValue value={attribute.value} />
        {children}
        <CopyButton className="attribute-copy" text={String(attribute.value)} label={`Copy ${attribute.key}`} />
      </dd>
    </div>
  );
}

function ParentLink({ id, onShowSpan }: { id: string; onShowSpan: (span: number) => void }) {
  const { model } = useSession();
  const parent = findSpan(model, id);
  if (parent < 0) return <span className="attribute-note">not in this trace</span>;
  return (
    <button type="button" className="attribute-link" onClick={() => onShowSpan(parent)}>
      show
    </button>
  );
}
