// Shows the zoom on the rows that are in the page: their two CSS variables, and the side on which each bar's text stands.
//
// Works on the elements directly, once per zoom frame. The variables are set on each row's time line and not once on a
// common ancestor: every element that inherits a changed variable is styled anew, and the trees are most of the elements.

import { barPlace, labelSide } from '../../../viz/bar-geometry';
import type { TraceModel } from '../../../viz/trace-model';
import type { ViewRange } from '../../../viz/view-range';

// Average advance of a character at 11 px, and the space around the text.
const CHARACTER_PX = 6.4;
const MARGIN_PX = 12;

// `width` is the time line's in pixels. Asking the elements for it here would make the browser lay out every frame twice.
export function applyView(container: HTMLElement, model: TraceModel, view: ViewRange, width: number): void {
  const zoom = String(view.zoom);
  const origin = String(view.t0 / view.durationNs);
  for (const lane of container.querySelectorAll<HTMLElement>('[data-lane-row]')) {
    if (lane.style.getPropertyValue('--z') !== zoom || lane.style.getPropertyValue('--o') !== origin) {
      lane.style.setProperty('--z', zoom);
      lane.style.setProperty('--o', origin);
    }
    const label = lane.lastElementChild;
    if (!(label instanceof HTMLElement)) continue;
    const row = Number(lane.dataset.laneRow);
    const start = row < 0 ? model.groups.startNs[~row] : model.start[row];
    const end = row < 0 ? model.groups.endNs[~row] : model.latestEnd[row];
    const place = barPlace(start, end, view.t0, view.t1);
    const side = labelSide(place, (label.textContent?.length ?? 0) * CHARACTER_PX + MARGIN_PX, width);
    if (label.dataset.side !== side) label.dataset.side = side;
  }
}
