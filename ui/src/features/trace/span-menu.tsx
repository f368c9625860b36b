// What can be done with a span, where it is: opened by a right click, or by the keyboard on the span that it is on.

import { type KeyboardEvent, useLayoutEffect, useRef } from 'react';
import { useLayerAbovePage } from '../../ui/shortcuts';
import { copyText } from '../../ui/use-copy';
import { shortened } from '../../viz/flame-labels';
import { chipState, type LegendFilter } from './legend-filter';
import { useSession } from './trace-session';
import './span-menu.css';

const NAME_MAX = 40;
const MARGIN_PX = 8;

export interface SpanMenuPlace {
  span: number;
  // On the screen.
  x: number;
  y: number;
}

export type OpenSpanMenu = (place: SpanMenuPlace) => void;

export function isMenuKey(event: KeyboardEvent): boolean {
  return event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
}

interface SpanMenuProps extends SpanMenuPlace {
  filter: LegendFilter;
  // By which the URL knows a span.
  nameOf: (span: number) => string;
  onOpen: (span: number) => void;
  onFocus: (span: number) => void;
  // Of a group of spans with one colour.
  onHide: (name: string) => void;
  onClose: () => void;
}

export function SpanMenu({ span, x, y, filter, nameOf, onOpen, onFocus, onHide, onClose }: SpanMenuProps) {
  const { model, colors, view } = useSession();
  const menu = useRef<HTMLDivElement>(null);
  useLayerAbovePage(true);
  const group = colors.groups[colors.of[span]]?.name ?? '';
  const isLast = colors.groups.every(({ name }) => name === group || chipState(filter, name) === 'hidden');

  const items: { label: string; run: () => void; disabled?: boolean }[] = [
    { label: 'Open the detail', run: () => onOpen(span) },
    { label: 'Focus on this subtree', run: () => onFocus(span) },
    { label: `Hide ${shortened(group, NAME_MAX)}`, run: () => onHide(group), disabled: isLast },
    { label: 'Measure it', run: () => view.measure({ from: model.start[span], to: model.end[span] }) },
    { label: 'Copy a link to this span', run: () => void copyText(linkTo(nameOf(span))) },
    { label: 'Copy the span id', run: () => void copyText(model.skeleton.spans.id[span]) },
  ];

  // Within the window, and with the focus, which goes back to where it was.
  useLayoutEffect(() => {
    const element = menu.current;
    if (!element) return;
    const before = document.activeElement;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(MARGIN_PX, Math.min(x, window.innerWidth - width - MARGIN_PX))}px`;
    element.style.top = `${Math.max(MARGIN_PX, Math.min(y, window.innerHeight - height - MARGIN_PX))}px`;
    itemsIn(element)[0]?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [x, y]);

  useLayoutEffect(() => {
    const elsewhere = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) onClose();
    };
    window.addEventListener('pointerdown', elsewhere, true);
    window.addEventListener('wheel', elsewhere, { capture: true, passive: true });
    window.addEventListener('blur', onClose);
    return () => {
      window.removeEventListener('pointerdown', elsewhere, true);
      window.removeEventListener('wheel', elsewhere, true);
      window.removeEventListener('blur', onClose);
    };
  }, [onClose]);

  function onKeyDown(event: KeyboardEvent) {
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      onClose();
      return;
    }
    const all = menu.current ? itemsIn(menu.current) : [];
    const next = placeAfterKey(event.key, all.indexOf(document.activeElement as HTMLElement), all.length);
    if (next === null) return;
    event.preventDefault();
    all[next]?.focus();
  }

  return (
    <div
      ref={menu}
      className="span-menu"
      role="menu"
      tabIndex={-1}
      aria-label="What can be done with the span"
      onKeyDown={onKeyDown}
      onContextMenu={(event) => event.preventDefault()}
    >
      {items.map(({ label, run, disabled = false }) => (
        <button
          key={label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          disabled={disabled}
          onClick={() => {
            onClose();
            run();
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function itemsIn(menu: HTMLElement): HTMLElement[] {
  return Array.from(menu.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)'));
}

// Round and round; null for keys that mean nothing in a menu.
export function placeAfterKey(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at + count - (at < 0 ? 0 : 1)) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

// The view that is on screen, with the detail of the span.
function linkTo(span: string): string {
  const url = new URL(window.location.href);
  url.searchParams.set('span', span);
  return url.href;
}
