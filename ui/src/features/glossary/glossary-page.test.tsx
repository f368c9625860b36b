import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { axeFindings } from '../../testing/axe';
import { renderApp } from '../../testing/render-app';
import { GLOSSARY } from './glossary';
import { plainText } from './parse-glossary';

test('shows all of docs/glossary.md, with an address for each term', async () => {
  const { container } = renderApp('/glossary');
  await screen.findByRole('heading', { name: 'Counts' });
  const shown = (id: string) => container.querySelector(`[id="${id}"]`)?.textContent;
  for (const { id, title, blocks } of GLOSSARY.sections) {
    expect(within(screen.getByRole('navigation', { name: 'On this page' })).getByText(title)).toBeTruthy();
    for (const block of blocks) {
      if (block.kind === 'paragraph') expect(shown(id)).toContain(plainText(block.runs));
      else for (const term of block.terms) expect(shown(term.id)).toBe(plainText([...term.name, ...term.meaning]));
    }
  }
  for (const paragraph of GLOSSARY.intro) expect(container.textContent).toContain(plainText(paragraph));
  expect(container.querySelector('#entry-span code')?.textContent).toBe('_top_level');
  expect(document.title).toBe('Glossary · Vizsla');
  expect(await axeFindings()).toEqual([]);
});

test('a link to a term marks it, and the keyboard goes on from there', async () => {
  const { history, user } = renderApp('/glossary#p95');
  await waitFor(() => expect(document.activeElement?.id).toBe('p95'));
  expect(document.activeElement?.hasAttribute('data-target')).toBe(true);
  await user.tab();
  expect(document.activeElement?.textContent).toBe('p95');
  await user.tab();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(history.location.hash).toBe('#average'));
  expect(document.querySelectorAll('[data-target]')).toHaveLength(1);
});

test('the menu, the shortcuts’ help, the palette and g g lead there', async () => {
  const { history, user } = renderApp('/services');
  const back = async () => {
    await screen.findByRole('heading', { name: 'Counts' });
    expect(history.location.pathname).toBe('/glossary');
    await user.keyboard('gs');
    await screen.findByRole('heading', { name: 'Services' });
  };
  await user.click(await screen.findByRole('link', { name: 'Glossary' }));
  await back();
  await user.keyboard('gg');
  await back();
  await user.keyboard('?');
  await user.click(await screen.findByRole('link', { name: 'What the words and the numbers mean' }));
  expect(screen.queryByRole('dialog', { name: 'Keyboard shortcuts' })).toBeNull();
  await back();
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox', { name: /^Name of a service/ }), 'numbers mean{Enter}');
  await back();
});
