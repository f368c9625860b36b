import { useMemo } from 'react';
import type { SpanDetail } from '../../../api/types';
import { CopyButton } from '../../../ui/copy-button';
import { Section } from './section';
import { formatSql } from './sql-text';
import './sql-statement.css';

const STATEMENT_TAGS = ['sql.query', 'db.statement', 'db.query.text'];

// The statement of a database span; its resource is the statement, with values left out, when no tag holds it.
export function sqlOf(detail: SpanDetail): string | null {
  const tag = STATEMENT_TAGS.find((key) => detail.meta[key]);
  if (tag) return detail.meta[tag];
  return detail.type === 'sql' || detail.type === 'db' ? detail.resource : null;
}

export function SqlStatement({ sql, system }: { sql: string; system: string }) {
  const lines = useMemo(() => formatSql(sql), [sql]);
  return (
    <Section
      title={system ? `Statement · ${system}` : 'Statement'}
      actions={<CopyButton text={sql} label="Copy the statement" />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll sideways */}
      <pre className="detail-block detail-code" tabIndex={0}>
        {lines.map((line, i) => (
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
        ))}
      </pre>
    </Section>
  );
}
