import { Link } from '@tanstack/react-router';
import type { SpanDetail } from '../../../api/types';
import { shortId } from '../../../format/id';
import { Section } from './section';
import './span-links.css';

export function SpanLinks({ links }: { links: SpanDetail['links'] }) {
  return (
    <Section title={`Links · ${links.length}`}>
      <ul className="span-links">
        {links.map((link) => (
          <li key={`${link.trace_id}${link.span_id}`}>
            <Link to="/trace/$traceId" params={{ traceId: link.trace_id }} search={{ span: link.span_id }}>
              Span <code>{shortId(link.span_id)}</code> of trace <code>{shortId(link.trace_id)}</code>
            </Link>
            {Object.entries(link.attributes).map(([key, value]) => (
              <span key={key} className="span-links-attribute mono">
                {key}={value}
              </span>
            ))}
            {link.tracestate && <span className="span-links-attribute mono">tracestate {link.tracestate}</span>}
          </li>
        ))}
      </ul>
    </Section>
  );
}
