// The colours of a flame graph, from the style sheet's tokens: a canvas knows no custom properties.

import { colorSlot, isRepeatedColor } from '../../../ui/service-color';
import type { Theme } from '../../../ui/theme';
import type { ColorGroups } from '../../../viz/color-groups';
import type { FlameColors } from '../../../viz/flame-draw';

const FONT_SIZE = '11px';
const HATCH_SIZE = 8;

// The theme isn't read here: it says when the values are others.
export function readFlameColors({ groups }: ColorGroups, _theme: Theme): FlameColors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    groups: groups.map(({ slot }) => ({
      fill: color(`--service-${colorSlot(slot)}`),
      ink: color(`--service-ink-${colorSlot(slot)}`),
      repeated: isRepeatedColor(slot),
    })),
    background: color('--bg'),
    grid: color('--border'),
    text: color('--text'),
    dimmedText: color('--text-2'),
    accent: color('--accent'),
    error: color('--error'),
    selfTime: color('--self-time'),
    font: `500 ${FONT_SIZE} ${color('--font-text')}`,
    hatch: hatchOf(color('--bg')),
  };
}

// Diagonal lines in the colour of the background.
function hatchOf(color: string): CanvasPattern | null {
  const tile = document.createElement('canvas');
  tile.width = HATCH_SIZE;
  tile.height = HATCH_SIZE;
  const context = tile.getContext('2d');
  if (!context) return null;
  context.globalAlpha = 0.45;
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.beginPath();
  // Over the corners too, so that tiles join.
  for (const shift of [-HATCH_SIZE, 0, HATCH_SIZE]) {
    context.moveTo(shift - 1, HATCH_SIZE + 1);
    context.lineTo(shift + HATCH_SIZE + 1, -1);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat');
}
