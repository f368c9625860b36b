import type { SpanDetail } from '../../../api/types';
import { CopyButton } from '../../../ui/copy-button';
import { Section } from './section';
import './span-json.css';

// The span as the server answered it.
export function SpanJson({ detail }: { detail: SpanDetail }) {
  const text = JSON.stringify(detail, null, 2);
  return (
    <div className="span-json">
      <Section title="JSON" actions={<CopyButton text={text} label="Copy the JSON" caption="Copy" />}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll sideways */}
        <pre className="detail-block detail-code" tabIndex={0}>
          {text}
        </pre>
      </Section>
    </div>
  );
}
