// Which rows of a long tree exist as elements: those on screen, some around them, and more of them where scrolling leads.

export interface RowWindow {
  first: number;
  // Behind the last.
  end: number;
}

const AROUND = 6;
const BEHIND = 2;
const AHEAD_MAX = 48;

// `moved` is by how many rows the last frame scrolled, negative for upwards. What scrolls on as fast is there a frame before
// it is seen. At a jump nothing is ahead: the next one leads anywhere.
export function windowOfRows(count: number, topRow: number, visible: number, moved: number): RowWindow {
  const speed = Math.ceil(Math.abs(moved) * 1.5);
  const ahead = speed <= AHEAD_MAX ? Math.max(AROUND, speed) : AROUND;
  const behind = speed === 0 ? AROUND : BEHIND;
  const first = Math.floor(topRow) - (moved < 0 ? ahead : behind);
  const end = Math.ceil(topRow + visible) + (moved < 0 ? behind : ahead);
  return { first: Math.min(Math.max(0, first), count), end: Math.min(count, Math.max(0, end)) };
}

// Where to scroll to, in rows, so that one is on screen, or in the middle of it.
export function topRowFor(place: number, topRow: number, visible: number, align: 'auto' | 'center'): number {
  if (align === 'center') return Math.max(0, place + 0.5 - visible / 2);
  return Math.min(place, Math.max(place + 1 - visible, topRow));
}
