import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../testing/render-app';
import { TRACE_ID } from '../testing/traces';
import { oldLink } from './old-links';

test.each([
  ['/apm', '/services'],
  ['/apm/home', '/services'],
  ['/apm/services', '/services'],
  ['/apm/services/web', '/services/web'],
  ['/apm/service/web', '/services/web'],
  ['/apm/service/web/express.request', '/services/web?op=express.request'],
  ['/apm/service/web/express.request/', '/services/web?op=express.request'],
  ['/apm/service/web/express.request/resources', '/services/web?op=express.request'],
  ['/apm/services/web/operations/express.request/resources', '/services/web?op=express.request'],
  ['/apm/services/web/operations/express.request', '/services/web?op=express.request'],
  ['/apm/resource/web/express.request/9f2c4a1be0d37756', '/services/web/resources/9f2c4a1be0d37756'],
  [`/apm/trace/${TRACE_ID}`, `/trace/${TRACE_ID}`],
  ['/apm/trace/1161046624171985517', '/trace/1161046624171985517'],
  ['/apm/traces', '/traces'],
])('%s leads to %s', (old, ours) => {
  expect(oldLink(old, {})).toBe(ours);
});

test.each(['/apm/map', '/apm/trace', '/apm/services/web/resources', '/apm/resource/web/9f2c4a1be0d37756', '/services'])(
  '%s leads nowhere',
  (path) => {
    expect(oldLink(path, {})).toBeNull();
  },
);

test('env and times go with it, under our names', () => {
  const scope = { env: 'prod', start: '1795269800000', end: '1795273400000', paused: 'true' };
  const ours = 'env=prod&from=1795269800000&to=1795273400000';
  expect(oldLink('/apm/services', scope)).toBe(`/services?${ours}`);
  expect(oldLink('/apm/service/web/rack.request', scope)).toBe(`/services/web?${ours}&op=rack.request`);
  expect(oldLink('/apm/resource/web/rack.request/00ff', scope)).toBe(`/services/web/resources/00ff?${ours}`);
  expect(oldLink('/apm/traces', { from_ts: '1795269800000', to_ts: '1795273400000' })).toBe(
    '/traces?from=1795269800000&to=1795273400000',
  );
});

test('times that are no milliseconds stay behind', () => {
  expect(oldLink('/apm/home', { start: 'yesterday', end: '17952734', env: '' })).toBe('/services');
});

test('of a trace its span goes with it, in hex', () => {
  const spanOf = (spanID: string) => oldLink('/apm/trace/1', { spanID, env: 'prod', graphType: 'flamegraph' });
  expect(spanOf('67667974448284343')).toBe('/trace/1?span=00f067aa0ba902b7');
  expect(spanOf('00F067AA0BA902B7')).toBe('/trace/1?span=00f067aa0ba902b7');
  expect(spanOf('99999999999999999999')).toBe('/trace/1');
  expect(spanOf('root')).toBe('/trace/1');
});

test('names may hold anything', () => {
  expect(oldLink('/apm/service/a%2Fb%20c/GET%20%26%20go', {})).toBe('/services/a%2Fb%20c?op=GET+%26+go');
  expect(oldLink('/apm/service/100%', {})).toBe('/services/100%25');
});

test('the address changes to ours, without the old one in the history', async () => {
  const { history } = renderApp(`/apm/trace/${TRACE_ID}?spanID=67667974448284343&graphType=flamegraph`);
  await screen.findByRole('treegrid');
  expect(history.location.href).toBe(`/trace/${TRACE_ID}?span=00f067aa0ba902b7`);
  expect(history.length).toBe(1);
});

test('an old list of services shows ours, of the same env and time', async () => {
  const { history } = renderApp('/apm/services?env=staging&start=1795269800000&end=1795273400000');
  expect(await screen.findByRole('table', { name: 'Services of env staging' })).toBeTruthy();
  expect(history.location.href).toBe('/services?env=staging&from=1795269800000&to=1795273400000');
});

test('an old page that has no counterpart says that there is no page', async () => {
  const { history } = renderApp('/apm/monitors');
  await waitFor(() => expect(screen.getByText('There is no page under this address.')).toBeTruthy());
  expect(history.location.pathname).toBe('/apm/monitors');
});
