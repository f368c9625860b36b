import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { SpanDetail } from '../../../api/types';
import { DatabaseStatement } from './database-statement';
import { HttpRequest, hasHttpRequest } from './http-request';
import { statementOf } from './statement';

function detailWith(meta: Record<string, string>, part: Partial<SpanDetail> = {}): SpanDetail {
  return { meta, metrics: {}, http_status: 0, type: '', resource: '', ...part } as SpanDetail;
}

test('a request is told by either vocabulary', () => {
  const detail = detailWith(
    { 'http.request.method': 'PUT', 'url.full': 'https://x.example/a', 'user_agent.original': 'curl/8' },
    { http_status: 409 },
  );
  expect(hasHttpRequest(detail)).toBe(true);
  const { container } = render(<HttpRequest detail={detail} />);
  expect(screen.getByRole('link').getAttribute('href')).toBe('https://x.example/a');
  expect(container.textContent).toContain('PUT');
  expect(container.textContent).toContain('409');
  expect(container.textContent).toContain('curl/8');
});

test('a span without a request has no card', () => {
  expect(hasHttpRequest(detailWith({ 'http.status_code': '200' }))).toBe(false);
});

test.each([
  [{ 'db.statement': 'SELECT 1' }, { type: 'web' }, 'SELECT 1', true],
  // Set by hand, on a span of any type.
  [{ 'sql.query': 'SELECT 2', 'db.statement': 'SELECT 1' }, { type: 'custom' }, 'SELECT 2', true],
  [{}, { type: 'sql', resource: 'SELECT ?' }, 'SELECT ?', true],
  [{ 'redis.raw_command': 'SET a b' }, { type: 'redis', resource: 'SET' }, 'SET a b', false],
  [{ 'db.statement': 'GET a', 'db.system': 'redis' }, { type: 'cache' }, 'GET a', false],
  [{ 'mongodb.query': '{"a":1}' }, { type: 'mongodb' }, '{\n  "a": 1\n}', false],
] as const)('the statement of %j %j', (meta, part, text, isSql) => {
  expect(statementOf(detailWith(meta, part))).toMatchObject({ text, isSql });
});

test('a span that asked no database has no statement', () => {
  expect(statementOf(detailWith({}, { type: 'web', resource: 'GET /' }))).toBeNull();
});

test('a statement tells of its database', () => {
  const detail = detailWith(
    { 'db.system': 'postgresql', 'db.name': 'shop', 'out.host': 'db-1', 'sql.query': 'SELECT 1' },
    { metrics: { 'db.row_count': 12 } },
  );
  const statement = statementOf(detail);
  const { container } = render(statement && <DatabaseStatement detail={detail} statement={statement} />);
  expect(screen.getByRole('heading', { name: 'Statement · postgresql' })).toBeTruthy();
  const facts = Array.from(container.querySelectorAll('.tag-facts > div'), (fact) => fact.textContent);
  expect(facts).toEqual(['Databaseshop', 'Hostdb-1', 'Rows12']);
});
