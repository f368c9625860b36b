import { expect, test } from 'vitest';
import { readResourceSearch } from './over-time/over-time-search';
import { searchFromString, searchToString } from './search-params';
import { readServiceSearch } from './service/service-search';
import { readServicesSearch } from './services/services-search';
import { formatSpanName, parseSpanName, readTraceSearch } from './trace/trace-search';
import { readTracesSearch } from './traces/traces-search';

test('a search survives its way through the URL', () => {
  const search = { span: '67e1f2a03b4c5d6e', q: 'redis "a b"', t0: 0, t1: 1500, services: 'web,db', path: true };
  const text = searchToString(search);
  expect(text).toBe('?span=67e1f2a03b4c5d6e&q=redis+%22a+b%22&t0=0&t1=1500&services=web,db&path=true');
  expect(readTraceSearch(searchFromString(text))).toEqual({ search, misunderstood: [] });
});

test('defaults do not appear', () => {
  expect(readTracesSearch({ from: 'now-1h', to: 'now', errors: 'false' }).search).toEqual({});
  expect(searchToString({})).toBe('');
});

test('what is not understood is left out and named', () => {
  const { search, misunderstood } = readTracesSearch({ from: 'soon', errors: 'maybe', utm_source: 'mail' });
  expect(search).toEqual({});
  expect(misunderstood).toEqual(['utm_source', 'from', 'errors']);
});

test('the default order of services does not appear, and others have to be known', () => {
  expect(readServicesSearch({ sort: '-errors', type: 'web', q: '', env: 'prod' }).search).toEqual({
    type: 'web',
    env: 'prod',
  });
  expect(readServicesSearch({ sort: 'time', q: '42' }).search).toEqual({ sort: 'time', q: '42' });
  expect(readServicesSearch({ sort: '--p95', type: 'any', env: '' }).misunderstood).toEqual(['env', 'type', 'sort']);
});

test('what a page over time shows is known by name, and the usual does not appear', () => {
  const said = {
    env: 'prod',
    op: 'web.request',
    by: 'version',
    cmp: 'day',
    latency: 'p99',
    dur: '10-2000',
    traces: 'errors',
  };
  expect(readServiceSearch({ ...said, q: 'cart', sort: '-p95' })).toEqual({
    search: { ...said, q: 'cart', sort: '-p95' },
    misunderstood: [],
  });
  expect(readResourceSearch({ latency: 'percentiles', traces: 'slowest' }).search).toEqual({});
  const wrong = {
    by: 'mood',
    cmp: 'year',
    requests: 'some',
    latency: 'p1',
    errors: 'x',
    dur: '9-3',
    traces: 'odd',
    q: 'x',
  };
  expect(readResourceSearch(wrong)).toEqual({
    search: {},
    misunderstood: ['q', 'by', 'cmp', 'requests', 'latency', 'errors', 'dur', 'traces'],
  });
});

test('columns keep their order, and those that are not known are left out and named', () => {
  expect(readServicesSearch({ cols: 'p99,requests' })).toEqual({ search: { cols: 'requests,p99' }, misunderstood: [] });
  expect(readServicesSearch({ cols: 'p50,mood' })).toEqual({ search: { cols: 'p50' }, misunderstood: ['cols'] });
  expect(readServicesSearch({ cols: 'mood' })).toEqual({ search: {}, misunderstood: ['cols'] });
  expect(readServiceSearch({ cols: 'name' })).toEqual({ search: { cols: 'name' }, misunderstood: [] });
  expect(readServiceSearch({ cols: 'callers' })).toEqual({ search: {}, misunderstood: ['cols'] });
});

test('a zoom needs both ends in order', () => {
  expect(readTraceSearch({ t0: '5' }).search).toEqual({});
  expect(readTraceSearch({ t0: '5', t1: '5' }).search).toEqual({});
  expect(readTraceSearch({ t0: '5', t1: '9' }).search).toEqual({ t0: 5, t1: 9 });
});

test('the second span with an id has a name of its own', () => {
  expect(parseSpanName('67e1f2a03b4c5d6e.1')).toEqual({ id: '67e1f2a03b4c5d6e', ordinal: 1 });
  expect(formatSpanName({ id: '67e1f2a03b4c5d6e', ordinal: 1 })).toBe('67e1f2a03b4c5d6e.1');
  expect(formatSpanName({ id: '67e1f2a03b4c5d6e', ordinal: 0 })).toBe('67e1f2a03b4c5d6e');
});
