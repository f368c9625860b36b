import { render } from '@testing-library/react';
import { expect, test } from 'vitest';
import { MiddleTruncate } from './middle-truncate';

test.each(['GET /a', 'POST /api/v2/checkout/:cartId/complete/with/a/long/tail'])('%s is copied as a whole', (text) => {
  const { container } = render(<MiddleTruncate text={text} />);
  expect(container.textContent).toBe(text);
  expect(container.firstElementChild?.getAttribute('title')).toBe(text);
});

test('only long texts have a tail that stays', () => {
  const { container } = render(<MiddleTruncate text="GET /a" />);
  expect(container.querySelector('.middle-truncate-tail')).toBeNull();
});
