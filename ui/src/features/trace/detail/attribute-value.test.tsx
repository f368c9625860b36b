import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { AttributeValue } from './attribute-value';

test('a web address is a link that tells the other page nothing', () => {
  render(<AttributeValue value="https://shop.example.com/a?b=<c>" />);
  const link = screen.getByRole('link');
  expect(link.getAttribute('href')).toBe('https://shop.example.com/a?b=<c>');
  expect(link.getAttribute('rel')).toContain('noopener');
});

test.each(['javascript:alert(1)', '<img src=x onerror=alert(1)>', 'data:text/html,x'])('%s stays text', (value) => {
  const { container } = render(<AttributeValue value={value} />);
  expect(screen.queryByRole('link')).toBeNull();
  expect(container.querySelector('img')).toBeNull();
  expect(container.textContent).toBe(value);
});

test('a long value opens on request', async () => {
  render(<AttributeValue value={'x'.repeat(1000)} />);
  const more = screen.getByRole('button', { name: 'Show all' });
  expect(document.querySelector('.attribute-clamped')).not.toBeNull();
  await userEvent.click(more);
  expect(document.querySelector('.attribute-clamped')).toBeNull();
});

test('zero and an empty text are both told', () => {
  const { container } = render(
    <>
      <AttributeValue value={0} />|<AttributeValue value="" />
    </>,
  );
  expect(container.textContent).toBe('0|empty');
});
