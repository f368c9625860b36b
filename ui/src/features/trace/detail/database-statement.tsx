import { useMemo } from 'react';
import type { SpanDetail } from '../../../api/types';
import { CopyButton } from '../../../ui/copy-button';
import { Section } from './section';
import { formatSql } from './sql-text';
import type { Statement } from './statement';
import { type KnownFact, TagFacts } from './tag-facts';
import './database-statement.css';

const FACTS: readonly KnownFact[] = [
  ['Database', ['db.name', 'db.namespace', 'db.instance', 'mongodb.db', 'cassandra.keyspace']],
  ['Host', ['server.address', 'out.host', 'network.destination.name', 'net.peer.name', 'peer.hostname', 'db.hostname']],
  ['User', ['db.user']],
  ['Rows', ['db.row_count', 'sql.rows']],
];

export function DatabaseStatement({ detail, statement }: { detail: SpanDetail; statement: Statement }) {
  const { text, isSql, system } = statement;
  return (
    <Section
      title={system ? `Statement · ${system}` : 'Statement'}
      actions={<CopyButton text={text} label="Copy the statement" />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll sideways */}
      <pre className="detail-block detail-code" tabIndex={0}>
        {isSql ? <SqlLines sql={text} /> : text}
      </pre>
      <TagFacts detail={detail} facts={FACTS} />
    </Section>
  );
}

function SqlLines({ sql }: { sql: string }) {
  const lines = useMemo(() => formatSql(sql), [sql]);
  return lines.map((line, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never change places
    <div key={i} style={{ paddingLeft: `${line.indent * 2}ch` }}>
      {line.tokens.map((token, j) =>
        token.kind === 'plain' ? (
          token.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <span key={j} className={`sql-${token.kind}`}>
            {token.text}
          </span>
        ),
      )}
    </div>
  ));
}
