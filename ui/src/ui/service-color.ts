// A service's colour follows its slot, the same for everyone. After twelve slots the colours repeat with a second style.

import type { CSSProperties } from 'react';

const SLOTS = 12;

export function slotColor(slot: number): string {
  return `var(--service-${colorSlot(slot)})`;
}

export function slotInk(slot: number): string {
  return `var(--service-ink-${colorSlot(slot)})`;
}

export function colorSlot(slot: number): number {
  return ((slot - 1) % SLOTS) + 1;
}

// The second round of colours is hatched and has a double edge, so that two services never look alike.
export function isRepeatedColor(slot: number): boolean {
  return slot > SLOTS;
}

// Custom properties for style sheets: --c is the fill, --ink what is written on it.
export function slotStyle(slot: number): CSSProperties {
  return { '--c': slotColor(slot), '--ink': slotInk(slot) } as CSSProperties;
}
