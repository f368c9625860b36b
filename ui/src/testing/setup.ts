// What happy-dom lacks, and a clean page after each test.

import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { useRecentlyViewed } from '../features/recent/recently-viewed';
import { usePreferences } from '../ui/preferences';

// On a busy machine a page takes its time; a test that waits in vain is no better for giving up sooner.
configure({ asyncUtilTimeout: 8_000 });

// There is no layout: everything has the size of a usual screen, so that lists show a screenful of rows.
Object.defineProperties(HTMLElement.prototype, {
  clientHeight: { get: () => 600, configurable: true },
  clientWidth: { get: () => 1000, configurable: true },
});
HTMLCanvasElement.prototype.getContext = () => null;

// Popovers: what their button and their methods tell the page. Lying above everything else needs a layout.
function togglePopover(layer: HTMLElement, open: boolean): void {
  layer.toggleAttribute('data-open', open);
  layer.dispatchEvent(Object.assign(new Event('toggle'), { newState: open ? 'open' : 'closed' }));
}
HTMLElement.prototype.showPopover = function show() {
  togglePopover(this, true);
};
HTMLElement.prototype.hidePopover = function hide() {
  togglePopover(this, false);
};
document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest('[popovertarget]');
  const layer = document.getElementById(button?.getAttribute('popovertarget') ?? '');
  if (layer) togglePopover(layer, !layer.hasAttribute('data-open'));
});

const initialPreferences = usePreferences.getState();

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  localStorage.clear();
  usePreferences.setState(initialPreferences, true);
  useRecentlyViewed.setState({ viewed: [] });
});
