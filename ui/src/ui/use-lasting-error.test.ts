import { renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useLastingError } from './use-lasting-error';

interface Asked {
  data: unknown;
  error: Error | null;
}

test('an error stays while it is asked again, and is over with the answer', () => {
  const error = new Error('Full.');
  const { result, rerender } = renderHook((asked: Asked) => useLastingError(asked), {
    initialProps: { data: undefined, error } as Asked,
  });
  expect(result.current).toBe(error);
  rerender({ data: undefined, error: null });
  expect(result.current).toBe(error);
  rerender({ data: 'open', error: null });
  expect(result.current).toBe(null);
  // Another question, whose answer is on the way.
  rerender({ data: undefined, error: null });
  expect(result.current).toBe(null);
});
