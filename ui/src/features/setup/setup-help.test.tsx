import { act, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { axeFindings } from '../../testing/axe';
import { fakeServer, renderApp } from '../../testing/render-app';

test('an installation without spans shows how to send one, and notices it by itself', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = fakeServer();
  server.status.first_span_received = false;
  const { user } = renderApp('/', server);
  expect(await screen.findByRole('heading', { name: 'Waiting for the first span…' })).toBeTruthy();
  expect(screen.getByText(/DD_TRACE_AGENT_URL=http:\/\/127.0.0.1:8126 .*/)).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Unix socket' }));
  await user.click(screen.getByRole('button', { name: 'curl' }));
  expect(screen.getByText(/--unix-socket \/data\/apm.socket/)).toBeTruthy();
  expect(await axeFindings()).toEqual([]);

  server.status = { ...server.status, first_span_received: true, spans_stored: 4 };
  await act(() => vi.advanceTimersByTimeAsync(2_000));
  expect(await screen.findByRole('heading', { name: 'The first span is here' })).toBeTruthy();
  expect(await screen.findByRole('link', { name: 'Open the first trace' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Show what needs a look' }));
  expect(await screen.findByRole('table', { name: 'Services with the highest error rates' })).toBeTruthy();
});
