import type { SpanDetail } from '../../../api/types';
import { HttpStatus, Pill } from '../../../ui/badges';
import { AttributeValue } from './attribute-value';
import { Section } from './section';
import { type KnownFact, TagFacts, tagOf } from './tag-facts';
import './http-request.css';

const METHOD = ['http.method', 'http.request.method'];
const URL_TAGS = ['http.url', 'url.full', 'http.target', 'url.path'];
const FACTS: readonly KnownFact[] = [
  ['Route', ['http.route', 'http.endpoint']],
  ['Host', ['http.host', 'server.address', 'out.host', 'network.destination.name', 'peer.hostname']],
  ['User agent', ['http.useragent', 'http.user_agent', 'user_agent.original']],
  ['Client', ['http.client_ip', 'client.address', 'network.client.ip']],
];

export function hasHttpRequest(detail: SpanDetail): boolean {
  return tagOf(detail, METHOD) !== '' || tagOf(detail, URL_TAGS) !== '';
}

export function HttpRequest({ detail }: { detail: SpanDetail }) {
  const method = tagOf(detail, METHOD);
  return (
    <Section title="HTTP request">
      <div className="detail-block http-request">
        <p className="http-request-line">
          {method && <Pill>{method}</Pill>}
          <AttributeValue value={tagOf(detail, URL_TAGS)} />
          {detail.http_status > 0 && <HttpStatus code={detail.http_status} />}
        </p>
        <TagFacts detail={detail} facts={FACTS} />
      </div>
    </Section>
  );
}
