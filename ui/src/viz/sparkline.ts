// A series as a line the size of a word: SVG paths, and the three numbers that say the same in words.
//
// The scale begins at zero, so that a flat line is a quiet one. What isn't known leaves a gap. A last point that isn't over
// yet is drawn apart: it falls or rises for no other reason than that.

export type SparkValues = readonly (number | null)[];

export interface SparkShape {
  // The points that are over, one stroke for each stretch without a gap.
  line: string;
  // Points with nothing known on either side: strokes without length, which round ends make dots.
  dots: string;
  // What lies below them.
  area: string;
  // From the last point that is over to the one that isn't; empty when there is none.
  partial: string;
  // Where the series ends, null when nothing is known there.
  end: { x: number; y: number } | null;
}

export interface SparkFacts {
  // The last one that is over.
  last: number;
  min: number;
  max: number;
}

const MARGIN = 2;

export function sparkShape(values: SparkValues, width: number, height: number, partialLast: boolean): SparkShape {
  const largest = values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0);
  const step = values.length > 1 ? (width - 2 * MARGIN) / (values.length - 1) : 0;
  const bottom = height - MARGIN;
  const rise = largest > 0 ? (height - 2 * MARGIN) / largest : 0;
  const xOf = (place: number) => round(MARGIN + place * step);
  const yOf = (value: number) => round(bottom - value * rise);

  const shape: SparkShape = { line: '', dots: '', area: '', partial: '', end: null };
  const over = partialLast ? values.length - 1 : values.length;
  let begun = -1;
  for (let place = 0; place <= over; place++) {
    const value = place < over ? values[place] : null;
    if (value !== null && begun < 0) begun = place;
    if (value !== null || begun < 0) continue;
    const points = values.slice(begun, place).map((each, i) => `${xOf(begun + i)} ${yOf(each ?? 0)}`);
    if (points.length === 1) shape.dots += `M${points[0]}h0`;
    else {
      shape.line += `M${points.join('L')}`;
      shape.area += `M${xOf(begun)} ${bottom}L${points.join('L')}V${bottom}Z`;
    }
    begun = -1;
  }

  const end = values.at(-1) ?? null;
  if (end !== null) shape.end = { x: xOf(values.length - 1), y: yOf(end) };
  const before = values.at(-2) ?? null;
  if (partialLast && shape.end && before !== null) {
    shape.partial = `M${xOf(values.length - 2)} ${yOf(before)}L${shape.end.x} ${shape.end.y}`;
  }
  return shape;
}

// Null when nothing is known.
export function sparkFacts(values: SparkValues, partialLast: boolean): SparkFacts | null {
  const known = (partialLast ? values.slice(0, -1) : values).filter((value) => value !== null);
  if (known.length === 0) return null;
  return { last: known[known.length - 1], min: Math.min(...known), max: Math.max(...known) };
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
