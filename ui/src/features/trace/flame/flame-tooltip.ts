// What the pointer is on, beside the pointer. Written into its element directly: a component would render for every move.

import { formatCountOf } from '../../../format/count';
import { formatDuration } from '../../../format/duration';
import { formatShare } from '../../../format/percent';
import { slotColor } from '../../../ui/service-color';
import { shortened } from '../../../viz/flame-labels';
import type { TraceModel } from '../../../viz/trace-model';
import { spanText } from '../span-text';

const TEXT_MAX = 300;
const AWAY_PX = 14;
const MARGIN_PX = 8;

// `spans` is how many share the place of this one.
export function fillTooltip(tooltip: HTMLElement, model: TraceModel, span: number, spans: number): void {
  const { service, operation, resource, errorLine } = spanText(model, span);
  const { duration, self_ns } = model.skeleton.spans;
  const swatch = element('span', 'flame-tooltip-swatch', '');
  swatch.style.background = slotColor(service.slot);
  const title = element('p', 'flame-tooltip-title', '');
  title.append(swatch, element('b', '', shortened(service.name, TEXT_MAX)), ` ${shortened(operation, TEXT_MAX)}`);
  const facts = document.createElement('dl');
  for (const [name, value] of [
    ['Duration', formatDuration(duration[span])],
    ['Self time', formatDuration(self_ns[span])],
    ['Of the trace', formatShare(duration[span], model.durationNs)],
    ['Starts at', `+${formatDuration(model.start[span])}`],
  ]) {
    facts.append(element('dt', '', name), element('dd', '', value));
  }
  const parts = [title];
  if (resource !== operation) parts.push(element('p', 'flame-tooltip-resource', shortened(resource, TEXT_MAX)));
  parts.push(facts);
  if (model.failed[span]) parts.push(element('p', 'flame-tooltip-error', shortened(errorLine || 'failed', TEXT_MAX)));
  if (spans > 1) {
    const many = `One of ${formatCountOf(spans, 'span')} in this pixel. Zoom in to tell them apart.`;
    parts.push(element('p', 'flame-tooltip-many', many));
  }
  tooltip.replaceChildren(...parts);
}

// Below and right of the pointer, or on its other side where there is no room.
export function placeTooltip(tooltip: HTMLElement, clientX: number, clientY: number): void {
  const { width, height } = tooltip.getBoundingClientRect();
  const roomX = window.innerWidth - MARGIN_PX - width;
  const roomY = window.innerHeight - MARGIN_PX - height;
  const left = clientX + AWAY_PX <= roomX ? clientX + AWAY_PX : Math.max(MARGIN_PX, clientX - AWAY_PX - width);
  const top = clientY + AWAY_PX <= roomY ? clientY + AWAY_PX : Math.max(MARGIN_PX, clientY - AWAY_PX - height);
  tooltip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
