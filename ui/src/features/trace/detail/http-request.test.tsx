import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { SpanDetail } from '../../../api/types';
import { HttpRequest, hasHttpRequest } from './http-request';
import { sqlOf } from './sql-statement';

function detailWith(meta: Record<string, string>, part: Partial<SpanDetail> = {}): SpanDetail {
  return { meta, http_status: 0, type: '', resource: '', ...part } as SpanDetail;
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

test('the statement is the tag, or the resource of a database span', () => {
  expect(sqlOf(detailWith({ 'db.statement': 'SELECT 1' }, { type: 'web' }))).toBe('SELECT 1');
  expect(sqlOf(detailWith({}, { type: 'sql', resource: 'SELECT ?' }))).toBe('SELECT ?');
  expect(sqlOf(detailWith({}, { type: 'web', resource: 'GET /' }))).toBeNull();
});
