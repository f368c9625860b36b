import { CircleAlert } from 'lucide-react';
import type { SpanDetail } from '../../../api/types';
import { CopyButton } from '../../../ui/copy-button';
import { Section } from './section';
import { StackTrace } from './stack-trace';
import './span-error.css';

type SpanErrorFacts = NonNullable<SpanDetail['error']>;

export function SpanError({ error }: { error: SpanErrorFacts }) {
  const whole = [[error.type, error.message].filter(Boolean).join(': '), error.stack].filter(Boolean).join('\n');
  return (
    <Section title="Error" actions={<CopyButton text={whole} label="Copy the error" />}>
      <div className="span-error">
        <p className="span-error-head">
          <CircleAlert size={14} aria-hidden />
          <span>
            {error.type && (
              <strong>
                <bdi>{error.type}</bdi>
              </strong>
            )}
            {error.type && error.message && ': '}
            {error.message ? (
              <bdi>{error.message}</bdi>
            ) : (
              !error.type && 'The span is marked as failed, without a message.'
            )}
          </span>
        </p>
        {error.stack && <StackTrace stack={error.stack} />}
      </div>
    </Section>
  );
}
