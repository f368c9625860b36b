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
