import type { SpanDetail } from '../../../api/types';
import { offsetFormatter } from '../../../format/duration';
import { formatIso } from '../../../format/time';
import { useZone } from '../../../ui/zone';
import { AttributeValue } from './attribute-value';
import { Section } from './section';
import './span-events.css';

// What was noted during the span, with the time since its start.
export function SpanEvents({ detail }: { detail: SpanDetail }) {
  const zone = useZone();
  const offsets = detail.events.map((event) => Number(BigInt(event.time_ns) - BigInt(detail.start_ns)));
  const format = offsetFormatter(offsets);
  return (
    <Section title={`Events · ${detail.events.length}`}>
      <ol className="span-events">
        {detail.events.map((event, i) => (
          <li key={`${event.time_ns} ${event.name}`}>
            <time dateTime={formatIso(event.time_ns, zone)} title={formatIso(event.time_ns, zone)}>
              {format(offsets[i])}
            </time>
            <div>
              <strong>{event.name}</strong>
              <dl>
                {Object.entries(event.attributes as Readonly<Record<string, unknown>>).map(([key, value]) => (
                  <div key={key}>
                    <dt className="mono">{key}</dt>
                    <dd>
                      <AttributeValue value={plainValue(value)} />
                    </dd>
                  </div>
                ))}
              </dl>
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}

// Attributes of events may be lists and booleans.
function plainValue(value: unknown): string | number {
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}
