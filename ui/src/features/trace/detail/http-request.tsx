import type { SpanDetail } from '../../../api/types';
import { HttpStatus, Pill } from '../../../ui/badges';
import { AttributeValue } from './attribute-value';
import { Section } from './section';
import './http-request.css';

type Meta = SpanDetail['meta'];

// Each fact by Datadog's name and by OpenTelemetry's, older and newer.
const METHOD = ['http.method', 'http.request.method'];
const URL_TAGS = ['http.url', 'url.full', 'http.target', 'url.path'];
const FACTS: readonly (readonly [string, readonly string[]])[] = [
  ['Route', ['http.route', 'http.endpoint']],
  ['User agent', ['http.useragent', 'http.user_agent', 'user_agent.original']],
  ['Client', ['http.client_ip', 'client.address', 'network.client.ip']],
];

function first(meta: Meta, keys: readonly string[]): string {
  return meta[keys.find((key) => meta[key]) ?? ''] ?? '';
}

export function hasHttpRequest(detail: SpanDetail): boolean {
  return first(detail.meta, METHOD) !== '' || first(detail.meta, URL_TAGS) !== '';
}

export function HttpRequest({ detail }: { detail: SpanDetail }) {
  const { meta } = detail;
  const method = first(meta, METHOD);
  const facts = FACTS.map(([name, keys]) => ({ name, value: first(meta, keys) })).filter((fact) => fact.value);
  return (
    <Section title="HTTP request">
      <div className="detail-block http-request">
        <p className="http-request-line">
          {method && <Pill>{method}</Pill>}
          <AttributeValue value={first(meta, URL_TAGS)} />
          {detail.http_status > 0 && <HttpStatus code={detail.http_status} />}
        </p>
        {facts.length > 0 && (
          <dl>
            {facts.map((fact) => (
              <div key={fact.name}>
                <dt>{fact.name}</dt>
                <dd>{fact.value}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </Section>
  );
}
