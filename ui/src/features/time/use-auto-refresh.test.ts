import { act, renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useAutoRefresh } from './use-auto-refresh';

test('a list refreshes by itself unless there is a reason not to', () => {
  const { result } = renderHook(() => useAutoRefresh());
  const kind = (everyMs: number | null, pages: number) => result.current.stateFor(everyMs, pages).kind;
  expect(kind(10_000, 1)).toBe('running');
  expect(kind(null, 1)).toBe('manual');
  expect(kind(10_000, 2)).toBe('held');
  act(() => result.current.setPaused(true));
  expect(kind(10_000, 2)).toBe('paused');
});

test('it waits while the pointer is in the list', () => {
  const { result } = renderHook(() => useAutoRefresh());
  const { listProps } = result.current;
  const pointer = (pointerType: string) => ({ pointerType }) as Parameters<typeof listProps.onPointerEnter>[0];
  act(() => listProps.onPointerEnter(pointer('touch')));
  expect(result.current.stateFor(10_000, 1).kind).toBe('running');
  act(() => listProps.onPointerEnter(pointer('mouse')));
  expect(result.current.stateFor(10_000, 1).kind).toBe('held');
  act(() => listProps.onPointerLeave(pointer('mouse')));
  expect(result.current.stateFor(10_000, 1).kind).toBe('running');
});
