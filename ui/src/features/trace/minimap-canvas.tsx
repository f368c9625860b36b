import { useEffect, useRef } from 'react';
import { formatCountOf } from '../../format/count';
import { formatDuration } from '../../format/duration';
import { formatShare } from '../../format/percent';
import { colorSlot } from '../../ui/service-color';
import { type Theme, useTheme } from '../../ui/theme';
import type { ColorGroups } from '../../viz/color-groups';
import { drawMinimap, type MinimapColors } from '../../viz/minimap';
import type { TraceModel } from '../../viz/trace-model';
import { useSession } from './trace-session';

// The picture of the whole trace; drawn when the trace, the size or the theme changes.
export function MinimapCanvas() {
  const { model, colors: groups, lanes } = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const colors = readColors(groups, theme);
    const resized = new ResizeObserver(() => {
      element.width = Math.round(element.clientWidth * window.devicePixelRatio);
      element.height = Math.round(element.clientHeight * window.devicePixelRatio);
      const context = element.getContext('2d');
      if (context) drawMinimap(context, model, groups.of, lanes, colors);
    });
    resized.observe(element);
    return () => resized.disconnect();
  }, [model, groups, lanes, theme]);

  return <canvas ref={canvas} role="img" aria-label={describeTrace(model)} />;
}

// A canvas knows no style sheet. The theme isn't read here: it says when the values are others.
function readColors({ groups }: ColorGroups, _theme: Theme): MinimapColors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    groups: groups.map(({ slot }) => color(`--service-${colorSlot(slot)}`)),
    error: color('--error'),
  };
}

// What the picture says, in words.
function describeTrace({ skeleton }: TraceModel): string {
  const total = skeleton.services.reduce((sum, service) => sum + service.exec_ns, 0);
  const shares = skeleton.services
    .slice(0, 3)
    .map((service) => `${service.name} ${formatShare(service.exec_ns, total)}`);
  return [
    `Overview: ${formatCountOf(skeleton.span_count, 'span')} in ${formatDuration(skeleton.duration_ns)}`,
    formatCountOf(skeleton.error_count, 'error'),
    `most time in ${shares.join(', ')}`,
  ].join('; ');
}
