import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { CopyButton } from './copy-button';

test('copies what the text is at that moment, and says so', async () => {
  const user = userEvent.setup();
  let text = 'before';
  render(<CopyButton text={() => text} label="Copy the link" />);
  text = 'after';
  await user.click(screen.getByRole('button', { name: 'Copy the link' }));
  expect(await navigator.clipboard.readText()).toBe('after');
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
});

test('a text that has to be asked for is copied when it comes, or said not to be', async () => {
  const user = userEvent.setup();
  const { rerender } = render(<CopyButton text={async () => 'from the server'} label="Copy" caption="Copy" />);
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
  expect(await navigator.clipboard.readText()).toBe('from the server');
  rerender(<CopyButton text={() => Promise.reject(new Error('unreachable'))} label="Copy" caption="Copy" />);
  await user.click(screen.getByRole('button', { name: 'Copied' }));
  expect(await screen.findByRole('button', { name: 'Not copied' })).toBeTruthy();
});
