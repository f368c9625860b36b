// The border between two panels, to be dragged or moved with the arrow keys.

import type { KeyboardEvent, PointerEvent } from 'react';
import './resizer.css';

interface ResizerProps {
  label: string;
  // Of the line itself: a vertical one moves left and right.
  orientation: 'vertical' | 'horizontal';
  value: number;
  min: number;
  max: number;
  step: number;
  // Turns a pointer position into a value.
  valueAt: (event: PointerEvent) => number;
  // 1 when the value grows to the right or downwards, -1 the other way round.
  direction: 1 | -1;
  onChange: (value: number) => void;
}

export function Resizer({ label, orientation, value, min, max, step, valueAt, direction, onChange }: ResizerProps) {
  const change = (next: number) => onChange(Math.round(Math.min(max, Math.max(min, next))));

  function onKeyDown(event: KeyboardEvent) {
    const keys = orientation === 'vertical' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    const sign = keys.indexOf(event.key) * 2 - 1;
    if (!keys.includes(event.key)) return;
    event.preventDefault();
    change(value + sign * direction * step);
  }

  function onPointerDown(event: PointerEvent<HTMLElement>) {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  function onPointerMove(event: PointerEvent<HTMLElement>) {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) change(valueAt(event));
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: <hr> can't be focused and moved
    <div
      className={`resizer resizer-${orientation}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
    />
  );
}
