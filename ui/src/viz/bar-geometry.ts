// Where a bar lies in the visible time, and where there is room for the text that belongs to it.

// `before` and `after`: the bar itself is off screen on that side.
export type LabelSide = 'right' | 'left' | 'inside' | 'before' | 'after';

export interface BarPlace {
  // Shares of the visible width; outside of 0…1 when off screen.
  left: number;
  right: number;
}

export function barPlace(startNs: number, endNs: number, t0: number, t1: number): BarPlace {
  const length = t1 - t0;
  return { left: (startNs - t0) / length, right: (endNs - t0) / length };
}

// Right of the bar when it fits, else left of it, else inside.
export function labelSide(place: BarPlace, labelWidth: number, width: number): LabelSide {
  if (place.right < 0) return 'before';
  if (place.left > 1) return 'after';
  if (width - place.right * width >= labelWidth) return 'right';
  if (place.left * width >= labelWidth) return 'left';
  return 'inside';
}
