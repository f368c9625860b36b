import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { axeFindings } from '../../testing/axe';
import { fakeServer, renderApp } from '../../testing/render-app';

test('lists the newest traces, each row a link to its trace', async () => {
  renderApp('/traces');
  const row = await screen.findByRole('link', { name: /thinker-api GET \/think\// });
  expect(row.getAttribute('href')).toMatch(/^\/trace\/[0-9a-f]{32}$/);
  expect(row.textContent).toContain('1.41');
  expect(row.textContent).toContain("KeyError: 'foo_bar'");
  expect(row.getAttribute('aria-label')).toContain('4 spans, 1 error, status 200');
  expect(await axeFindings()).toEqual([]);
});

test('a trace of more spans than an answer may hold is listed without their number', async () => {
  const server = fakeServer();
  const working = server.traces;
  server.traces = (query) => {
    const answer = working(query);
    if (!('traces' in answer)) return answer;
    return { ...answer, traces: answer.traces.map((trace) => ({ ...trace, spans: null, errors: null })) };
  };
  renderApp('/traces', server);
  const row = await screen.findByRole('link', { name: /thinker-api GET \/think\// });
  expect(row.getAttribute('aria-label')).toContain('very many spans, status 200');
  expect(row.textContent).toContain('very many');
});

test('only errors is part of the address and of the question', async () => {
  const { history, server, user } = renderApp('/traces');
  await user.click(await screen.findByRole('button', { name: 'Only errors' }));
  await waitFor(() => expect(server.asked).toContain('/api/ui/traces?from=now-1h&to=now&errors=true'));
  expect(history.location.search).toBe('?errors=true');
});

test('j and k walk through the rows', async () => {
  const { user } = renderApp('/traces');
  await screen.findAllByRole('link', { name: /spans/ });
  await user.keyboard('j');
  expect(document.activeElement?.getAttribute('aria-label')).toContain('thinker-api');
  await user.keyboard('j');
  expect(document.activeElement?.getAttribute('aria-label')).toContain('storefront');
  await user.keyboard('k');
  expect(document.activeElement?.getAttribute('aria-label')).toContain('thinker-api');
});

test('an empty list says what to change', async () => {
  const server = fakeServer();
  server.traces = () => ({ traces: [], cursor: null, from_ns: '0', to_ns: '0' });
  const { history, user } = renderApp('/traces?errors=true&from=now-5m', server);
  expect(await screen.findByText('No trace with an error')).toBeTruthy();
  expect(await axeFindings()).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Past 15 minutes' }));
  await waitFor(() => expect(history.location.search).toBe('?from=now-15m&errors=true'));
  await user.click(await screen.findByRole('button', { name: 'Show traces without errors too' }));
  await waitFor(() => expect(history.location.search).toBe('?from=now-15m'));
});

test('an error keeps its request id and can be tried again', async () => {
  const server = fakeServer();
  const working = server.traces;
  server.traces = () => ({ code: 'unavailable', message: 'The query queue is full.', request_id: 'req-77' });
  const { user } = renderApp('/traces', server);
  const block = await screen.findByRole('alert');
  expect(block.textContent).toContain('The query queue is full.');
  expect(block.textContent).toContain('req-77');
  expect(await axeFindings()).toEqual([]);
  server.traces = working;
  await user.click(within(block).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: /thinker-api/ })).toBeTruthy();
});

test('older traces come on request, by the cursor', async () => {
  const server = fakeServer();
  const all = server.traces(new URLSearchParams());
  if ('code' in all) throw new Error('the fake list is a list');
  server.traces = (query) =>
    query.get('cursor') === 'older'
      ? { ...all, traces: all.traces.slice(1) }
      : { ...all, traces: all.traces.slice(0, 1), cursor: 'older' };
  const { user } = renderApp('/traces', server);
  await user.click(await screen.findByRole('button', { name: 'Load older traces' }));
  expect(await screen.findByRole('link', { name: /storefront/ })).toBeTruthy();
  expect(screen.getByText('waits while older traces are shown')).toBeTruthy();
});

test('a typed time range is understood or refused', async () => {
  const { history, user } = renderApp('/traces');
  await user.click(await screen.findByRole('button', { name: /Past hour/ }));
  const field = await screen.findByRole('textbox', { name: 'Time range' });
  await user.type(field, 'whenever');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  await user.clear(field);
  await user.type(field, '7m{Enter}');
  await waitFor(() => expect(history.location.search).toBe('?from=now-7m'));
});
