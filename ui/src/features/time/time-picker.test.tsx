import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { axeFindings } from '../../testing/axe';
import { describeIn } from '../../testing/in-zone';
import { renderApp } from '../../testing/render-app';
import { usePreferences } from '../../ui/preferences';

const NOW = Date.parse('2026-11-21T14:05:00Z');

function atNoon() {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
}

async function openPicker(user: ReturnType<typeof renderApp>['user']) {
  await screen.findByRole('button', { name: /Past|Since|Today|\d – / });
  await user.keyboard('t');
  return (await screen.findByRole('textbox', { name: 'Time range' })) as HTMLInputElement;
}

const rangeButton = (name: RegExp) => screen.findByRole('button', { name });
const result = () => document.querySelector('.typed-range-result')?.textContent?.replaceAll('\u00a0', ' ');

describeIn('America/New_York', () => {
  test('a range is typed, previewed with its zone, and applied', async () => {
    atNoon();
    const { history, server, user } = renderApp('/traces');
    const field = await openPicker(user);
    expect(field.value).toBe('Past hour');
    expect(field.selectionEnd).toBe('Past hour'.length);
    expect(result()).toBe('sliding Nov 21, 08:05 – now EST1h 00m');
    await user.keyboard('Nov 20, 1:00 pm - 2:00 pm');
    expect(result()).toBe('fixed Nov 20, 13:00 – 14:00 EST1h 00m');
    expect(await axeFindings()).toEqual([]);
    await user.keyboard('{Enter}');
    await waitFor(() =>
      expect(history.location.search).toBe('?from=2026-11-20T18:00:00.000Z&to=2026-11-20T19:00:00.000Z'),
    );
    expect((await rangeButton(/^Nov 20, 13:00 – 14:00 fixed$/)).textContent).toBeTruthy();
    expect(server.asked.at(-1)).toContain('from=2026-11-20T18%3A00%3A00.000Z&to=2026-11-20T19%3A00%3A00.000Z');
  });

  test('what is wrong says what is expected, and is still there when the layer is opened again', async () => {
    atNoon();
    const { history, user } = renderApp('/traces');
    const field = await openPicker(user);
    await user.keyboard('13:00 to lunch{Enter}');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(field.getAttribute('aria-describedby')).toContain('typed-range-result');
    expect(result()).toContain('“lunch” isn’t understood. Expected a length');
    expect((screen.getByRole('button', { name: 'Apply' }) as HTMLButtonElement).disabled).toBe(true);
    expect(await axeFindings()).toEqual([]);
    await user.click(await rangeButton(/^Past hour sliding$/));
    await waitFor(() => expect(screen.queryByRole('textbox', { name: 'Time range' })).toBeNull());
    const again = await openPicker(user);
    expect(again.value).toBe('13:00 to lunch');
    await user.clear(again);
    await user.type(again, 'since 8:00{Enter}');
    await waitFor(() => expect(history.location.search).toBe('?from=2026-11-21T13:00:00.000Z'));
    expect(await rangeButton(/^Since 08:00 growing$/)).toBeTruthy();
    expect((await openPicker(user)).value).toBe('Since 08:00');
  });

  test('u shows all times in UTC, and the next visit too', async () => {
    atNoon();
    const { user } = renderApp('/traces?from=2026-11-20T18:00:00Z&to=2026-11-20T19:00:00Z');
    expect(await rangeButton(/^Nov 20, 13:00 – 14:00 fixed$/)).toBeTruthy();
    await user.keyboard('u');
    expect(await rangeButton(/^Nov 20, 18:00 – 19:00 fixed$/)).toBeTruthy();
    expect(JSON.parse(localStorage.getItem('vizsla.preferences') ?? '{}').state.zone).toBe('utc');
    await user.click(screen.getByRole('button', { name: 'UTC: show times in local time' }));
    expect(usePreferences.getState().zone).toBe('local');
    expect(screen.getByRole('button', { name: 'EST: show times in UTC' })).toBeTruthy();
    await openPicker(user);
    await user.click(screen.getByRole('radio', { name: 'UTC' }));
    expect(screen.getByRole('textbox', { name: 'Time range' })).toHaveProperty('value', 'Nov 20, 18:00 – 19:00');
    expect(result()).toContain('Nov 20, 18:00 – 19:00 UTC');
  });

  test('one switch changes the times of rows, of tooltips and of a span', async () => {
    const { user } = renderApp('/services/storefront');
    const chart = await screen.findByRole('button', { name: 'Errors as a table' });
    await user.click(chart);
    const table = await screen.findByRole('table', { name: 'Errors' });
    const first = () => within(table).getAllByRole('rowheader')[0].textContent;
    const local = first();
    const titles = () => Array.from(document.querySelectorAll('time'), (time) => time.title);
    await waitFor(() => expect(titles().length).toBeGreaterThan(0));
    expect(titles().every((title) => title.endsWith('-05:00') || title.endsWith('-04:00'))).toBe(true);
    await user.keyboard('u');
    await waitFor(() => expect(first()).not.toBe(local));
    expect(titles().every((title) => title.endsWith('Z'))).toBe(true);
  });
});

test('up and down count the part that the cursor is in', async () => {
  atNoon();
  const { history, user } = renderApp('/traces?from=2026-11-20T10:00:00Z&to=2026-11-20T11:00:00Z');
  usePreferences.setState({ zone: 'utc' });
  const field = await openPicker(user);
  expect(field.value).toBe('Nov 20, 10:00 – 11:00');
  const end = field.value.indexOf('11:00');
  field.setSelectionRange(end, end);
  await user.keyboard('{ArrowUp}{ArrowUp}');
  expect(field.value).toBe('Nov 20, 10:00 – 13:00');
  expect([field.selectionStart, field.selectionEnd]).toEqual([end, end + 2]);
  field.setSelectionRange(5, 5);
  await user.keyboard('{ArrowDown}{Enter}');
  await waitFor(() =>
    expect(history.location.search).toBe('?from=2026-11-19T10:00:00.000Z&to=2026-11-19T13:00:00.000Z'),
  );
});

test.each(['/', '/services', '/services/storefront', '/traces'])('%s moves and zooms through time', async (path) => {
  atNoon();
  const { history, user } = renderApp(path);
  const later = await screen.findByRole('button', { name: 'Later by one window' });
  expect(later.getAttribute('aria-disabled')).toBe('true');
  await user.click(later);
  expect(history.location.search).toBe('');
  await user.keyboard('[[');
  await waitFor(() =>
    expect(history.location.search).toBe('?from=2026-11-21T12:05:00.000Z&to=2026-11-21T13:05:00.000Z'),
  );
  expect(later.getAttribute('aria-disabled')).toBe('false');
  await user.keyboard(']');
  await waitFor(() => expect(history.location.search).toBe(''));
  await user.keyboard('-');
  await waitFor(() => expect(history.location.search).toBe('?from=now-2h'));
  await user.click(screen.getByRole('button', { name: 'Half the time' }));
  await waitFor(() => expect(history.location.search).toBe(''));
  await user.keyboard('=');
  await waitFor(() => expect(history.location.search).toBe('?from=now-30m'));
  await user.keyboard('?');
  const help = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
  for (const label of [
    'Earlier by one window',
    'Later by one window',
    'Twice the time',
    'Half the time',
    'Local time or UTC',
  ])
    expect(within(help).getByText(label)).toBeTruthy();
});

test('ends that mean nothing are the usual ones, and that is said', async () => {
  window.history.replaceState(null, '', '/traces?from=soon&to=now-1h');
  const { history, server } = renderApp('/traces?from=soon&to=now-3h');
  expect((await screen.findByText(/Part of this link was not understood/)).textContent).toContain('from');
  expect(await rangeButton(/^Past hour sliding$/)).toBeTruthy();
  expect(history.location.search).toBe('');
  expect(server.asked.filter((asked) => asked.startsWith('/api/ui/traces')).join()).toContain('from=now-1h&to=now&');
  window.history.replaceState(null, '', '/');
});
