import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { axeFindings } from '../../testing/axe';
import { renderApp } from '../../testing/render-app';
import { termOf } from './glossary';
import { plainText } from './parse-glossary';

const servicesTable = () => screen.findByRole('table', { name: 'Services of env production' });

test('every column says what the glossary says of it', async () => {
  renderApp('/services');
  for (const table of [await servicesTable(), screen.getByRole('table', { name: /^Dependencies/ })]) {
    for (const header of within(table).getAllByRole('columnheader')) {
      const name = header.getAttribute('aria-label');
      const [help, ...others] = within(header).getAllByRole('button', { name: /^What / });
      expect([help.getAttribute('aria-label'), others]).toEqual([`What “${name}” means`, []]);
    }
  }
});

test('the help of a column has the glossary’s sentences, and leads to them', async () => {
  const { history, user } = renderApp('/services');
  const table = await servicesTable();
  await user.click(within(table).getByRole('button', { name: 'What “Error rate” means' }));
  const help = within(table).getByRole('dialog', { name: 'Error rate, explained' });
  for (const id of ['error-rate', 'errors'] as const) {
    const { name, meaning } = termOf(id);
    const link = within(help).getByRole('link', { name: plainText(name) });
    expect(link.getAttribute('href')).toBe(`/glossary#${id}`);
    expect(link.closest('div')?.querySelector('dd')?.textContent).toBe(plainText(meaning));
  }
  // What was asked for is to be read, not sorted by.
  expect(history.location.search).toBe('');
  expect(await axeFindings()).toEqual([]);
  await user.click(within(help).getByRole('link', { name: 'error rate' }));
  await waitFor(() => expect(history.location.href).toBe('/glossary#error-rate'));
  expect((await screen.findByRole('heading', { name: 'Glossary' })).tagName).toBe('H1');
});

test('the help is reached by keyboard, after its column', async () => {
  const { user } = renderApp('/services');
  const table = await servicesTable();
  within(table).getByRole('button', { name: 'Apdex' }).focus();
  await user.tab();
  await user.keyboard('{Enter}');
  expect(within(table).getByRole('dialog', { name: 'Apdex, explained' }).textContent).toContain(
    plainText(termOf('apdex').meaning),
  );
});

test('the figures of a service and the totals are explained as well', async () => {
  const { user } = renderApp('/services');
  await user.click(await screen.findByRole('button', { name: 'What “Totals” means' }));
  expect(screen.getByRole('dialog', { name: 'Totals, explained' }).textContent).toContain(
    plainText(termOf('totals').meaning),
  );
  await user.click(within(await servicesTable()).getByRole('link', { name: 'cart' }));
  await user.click(await screen.findByRole('button', { name: 'What “Latency” means' }));
  const help = screen.getByRole('dialog', { name: 'Latency, explained' });
  for (const id of ['p95', 'maximum', 'apdex'] as const)
    expect(help.textContent).toContain(plainText(termOf(id).meaning));
});
