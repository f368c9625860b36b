import { useMemo, useState } from 'react';
import type { SpanDetail } from '../../../api/types';
import { formatCount } from '../../../format/count';
import { formatIso } from '../../../format/time';
import type { Zone } from '../../../format/zone';
import { useZone } from '../../../ui/zone';
import { AttributeGroupView } from './attribute-group-view';
import { type Attribute, type AttributeGroup, filterGroups, groupAttributes } from './attribute-groups';
import { Section } from './section';
import './span-attributes.css';

const IDENTITY = 'Span';

interface SpanAttributesProps {
  detail: SpanDetail;
  onShowSpan: (span: number) => void;
}

export function SpanAttributes({ detail, onShowSpan }: SpanAttributesProps) {
  const [filter, setFilter] = useState('');
  const zone = useZone();
  const groups = useMemo(() => {
    const identity: AttributeGroup = { name: IDENTITY, attributes: identityOf(detail, zone), internal: false };
    const [tags, internal] = partition(groupAttributes(detail.meta, detail.metrics));
    return [...tags, identity, ...internal];
  }, [detail, zone]);
  const shown = filterGroups(groups, filter);
  const total = groups.reduce((sum, group) => sum + group.attributes.length, 0);
  const left = shown.reduce((sum, group) => sum + group.attributes.length, 0);

  return (
    <Section
      title={
        filter ? `Attributes · ${formatCount(left)} of ${formatCount(total)}` : `Attributes · ${formatCount(total)}`
      }
      actions={
        <input
          type="text"
          className="input span-attributes-filter"
          data-attribute-filter
          aria-label="Filter attributes"
          placeholder="Filter  ( / )"
          spellCheck={false}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            if (filter) setFilter('');
            else event.currentTarget.blur();
          }}
        />
      }
    >
      {shown.map((group) => (
        <AttributeGroupView
          key={group.name}
          group={group}
          filtered={filter !== ''}
          linkParent={group.name === IDENTITY}
          onShowSpan={onShowSpan}
        />
      ))}
      {shown.length === 0 && <p className="span-attributes-none">No attribute contains “{filter}”.</p>}
    </Section>
  );
}

function partition(groups: readonly AttributeGroup[]): [AttributeGroup[], AttributeGroup[]] {
  return [groups.filter((group) => !group.internal), groups.filter((group) => group.internal)];
}

// What the server knows of the span beside its tags. What isn't known isn't listed, nor what a tag says already.
function identityOf(detail: SpanDetail, zone: Zone): Attribute[] {
  const facts: [string, string | number | null][] = [
    ['span_id', detail.span_id],
    ['span_id (decimal)', detail.span_id_decimal],
    ['parent_id', detail.parent_id],
    ['env', detail.env],
    ['version', detail.version],
    ['host', detail.host],
    ['container_id', detail.container_id],
    ['language', detail.language],
    ['tracer_version', detail.tracer_version],
    ['base_service', detail.base_service],
    ['sampling_priority', detail.sampling_priority],
    ['ingestion_reason', detail.ingestion_reason],
    ['start', formatIso(detail.start_ns, zone)],
    ['received', formatIso(detail.received_ns, zone)],
  ];
  return facts.flatMap(([key, value]) =>
    value === null || value === '' || detail.meta[key] === value ? [] : [{ key, value }],
  );
}
