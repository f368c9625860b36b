// Breaks a SQL statement into lines of coloured tokens. Not a parser: what it doesn't know stays as it is, and no character
// but white space is added or lost.

export type SqlTokenKind = 'keyword' | 'string' | 'number' | 'comment' | 'plain';

export interface SqlToken {
  kind: SqlTokenKind;
  text: string;
}

export interface SqlLine {
  indent: number;
  tokens: SqlToken[];
}

const TOKENS =
  /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$\d+\b)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][\w$]*)|(\s+)|([\s\S])/g;

const KEYWORDS = new Set(
  `ADD ALL ALTER ANALYZE AND ANY AS ASC BEGIN BETWEEN BY CASE CAST COMMIT CONFLICT CREATE CROSS DELETE DESC DISTINCT DO DROP ELSE END
  EXCEPT EXISTS EXPLAIN FALSE FETCH FOR FROM FULL GROUP HAVING ILIKE IN INDEX INNER INSERT INTERSECT INTO IS JOIN LATERAL LEFT LIKE LIMIT
  LOCK NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION RETURNING RIGHT ROLLBACK SELECT SET SKIP LOCKED TABLE THEN TRUE
  TRUNCATE UNION UPDATE USING VALUES WHEN WHERE WINDOW WITH`.split(/\s+/),
);

// A line begins with these …
const CLAUSES = new Set(
  'SELECT FROM WHERE GROUP ORDER HAVING LIMIT OFFSET FETCH UNION EXCEPT INTERSECT VALUES SET RETURNING JOIN LEFT RIGHT INNER FULL CROSS NATURAL WINDOW FOR'.split(
    ' ',
  ),
);
// … unless they continue what came before: LEFT JOIN, DELETE FROM, FOR UPDATE, DO UPDATE SET.
const JOIN_WORDS = new Set('LEFT RIGHT INNER FULL CROSS NATURAL OUTER'.split(' '));
const CONDITIONS = new Set(['AND', 'OR']);

export function tokenizeSql(sql: string): SqlToken[] {
  return Array.from(sql.matchAll(TOKENS), ([text, comment, quoted, number, word]): SqlToken => {
    if (comment !== undefined) return { kind: 'comment', text };
    if (quoted !== undefined) return { kind: quoted.startsWith("'") ? 'string' : 'plain', text };
    if (number !== undefined) return { kind: 'number', text };
    return { kind: word !== undefined && KEYWORDS.has(word.toUpperCase()) ? 'keyword' : 'plain', text };
  });
}

export function formatSql(sql: string): SqlLine[] {
  const lines: SqlLine[] = [{ indent: 0, tokens: [] }];
  // One entry per open parenthesis: does it hold a query of its own?
  const nesting: boolean[] = [];
  let between = false;
  let previousWord = '';
  const tokens = tokenizeSql(sql.trim());

  tokens.forEach((token, i) => {
    if (/^\s+$/.test(token.text)) {
      const line = lines[lines.length - 1];
      if (line.tokens.length > 0) line.tokens.push({ kind: 'plain', text: ' ' });
      return;
    }
    const word = token.kind === 'keyword' ? token.text.toUpperCase() : '';
    const insideCall = nesting.at(-1) === false;
    const depth = nesting.filter(Boolean).length;
    if (word && !insideCall && lines[lines.length - 1].tokens.length > 0) {
      if (CLAUSES.has(word) && !continues(word, previousWord)) lines.push({ indent: depth * 2, tokens: [] });
      else if (CONDITIONS.has(word) && !between) lines.push({ indent: depth * 2 + 1, tokens: [] });
    }
    if (word === 'BETWEEN') between = true;
    else if (word === 'AND') between = false;
    if (token.text === '(') nesting.push(nextWord(tokens, i + 1) === 'SELECT');
    if (token.text === ')' && nesting.pop()) lines.push({ indent: (depth - 1) * 2, tokens: [] });
    lines[lines.length - 1].tokens.push(token);
    // A comment to the end of the line keeps its end.
    if (token.text.startsWith('--')) lines.push({ indent: depth * 2, tokens: [] });
    if (!/^\s*$/.test(token.text)) previousWord = word;
  });
  return lines.filter((line) => line.tokens.length > 0);
}

function continues(word: string, previous: string): boolean {
  if (word === 'JOIN' || word === 'OUTER') return JOIN_WORDS.has(previous);
  if (word === 'FROM') return previous === 'DELETE' || previous === 'DISTINCT';
  if (word === 'SET') return previous === 'UPDATE';
  return word === 'VALUES' && previous === 'INTO';
}

function nextWord(tokens: readonly SqlToken[], from: number): string {
  return (
    tokens
      .slice(from)
      .find((token) => !/^\s+$/.test(token.text))
      ?.text.toUpperCase() ?? ''
  );
}
