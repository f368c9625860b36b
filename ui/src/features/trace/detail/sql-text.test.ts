import { expect, test } from 'vitest';
import { formatSql, tokenizeSql } from './sql-text';

const printed = (sql: string) =>
  formatSql(sql).map(
    (line) =>
      '  '.repeat(line.indent) +
      line.tokens
        .map((token) => token.text)
        .join('')
        .trim(),
  );

test('clauses begin lines, conditions are indented', () => {
  expect(
    printed('SELECT a, b FROM t LEFT JOIN u ON u.id = t.id WHERE a = 1 AND b BETWEEN 2 AND 3 ORDER BY a LIMIT 5'),
  ).toEqual([
    'SELECT a, b',
    'FROM t',
    'LEFT JOIN u ON u.id = t.id',
    'WHERE a = 1',
    '  AND b BETWEEN 2 AND 3',
    'ORDER BY a',
    'LIMIT 5',
  ]);
});

test('a query inside is indented, a call is not', () => {
  expect(printed('SELECT max(a) FROM t WHERE id IN (SELECT id FROM u WHERE x = ?)')).toEqual([
    'SELECT max(a)',
    'FROM t',
    'WHERE id IN (',
    '    SELECT id',
    '    FROM u',
    '    WHERE x = ?',
    ')',
  ]);
});

test('statements that change data keep their words together', () => {
  expect(printed('DELETE FROM t WHERE id = ?')).toEqual(['DELETE FROM t', 'WHERE id = ?']);
  expect(printed('UPDATE t SET a = ?, b = ? WHERE id = ?')).toEqual(['UPDATE t', 'SET a = ?, b = ?', 'WHERE id = ?']);
  expect(printed('INSERT INTO t (a, b) VALUES (?, ?)')).toEqual(['INSERT INTO t (a, b)', 'VALUES (?, ?)']);
});

test.each([
  "SELECT 'it''s -- no comment', \"Order\" FROM `group` WHERE x = 1.5 -- the end\nAND y = $1",
  '/* c */ WITH a AS (SELECT 1) SELECT * FROM a;',
  'not sql at all ((( ',
  '',
])('nothing but white space is added or lost: %j', (sql) => {
  const bare = (text: string) => text.replace(/\s+/g, '');
  const text = formatSql(sql).flatMap((line) => line.tokens.map((token) => token.text));
  expect(bare(text.join(''))).toBe(bare(sql));
});

test('tokens know what they are', () => {
  const kinds = Object.fromEntries(
    tokenizeSql("select 'x', 12, name -- c").map((token) => [token.text.trim(), token.kind]),
  );
  expect(kinds).toMatchObject({ select: 'keyword', "'x'": 'string', '12': 'number', name: 'plain', '-- c': 'comment' });
});
