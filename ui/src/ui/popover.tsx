// A small layer that a button opens, on the browser's popover: it lies above everything and closes on Escape or on a click
// elsewhere by itself.

import {
  type ReactNode,
  type Ref,
  type ToggleEvent,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import './popover.css';
import { useLayerAbovePage } from './shortcuts';

const MARGIN = 8;
const GAP = 4;

interface PopoverProps {
  label: string;
  trigger: ReactNode;
  triggerClassName: string;
  // Of a trigger without words.
  triggerLabel?: string;
  align?: 'start' | 'end';
  // Gets a function that closes the layer.
  children: (close: () => void) => ReactNode;
  ref?: Ref<PopoverHandle>;
}

export interface PopoverHandle {
  open: () => void;
}

export function Popover({
  label,
  trigger,
  triggerClassName,
  triggerLabel,
  align = 'start',
  children,
  ref,
}: PopoverProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useLayerAbovePage(open);
  useImperativeHandle(
    ref,
    () => ({
      // What is typed next goes to what is in the layer: the browser tells of its opening later.
      open: () => {
        layer.current?.showPopover();
        flushSync(() => setOpen(true));
      },
    }),
    [],
  );

  // Once the content is there: before, the layer has no width to align by.
  useLayoutEffect(() => {
    if (!open || !button.current || !layer.current) return;
    const anchor = button.current.getBoundingClientRect();
    const width = layer.current.offsetWidth;
    const wanted = align === 'start' ? anchor.left : anchor.right - width;
    const left = Math.max(MARGIN, Math.min(wanted, window.innerWidth - width - MARGIN));
    layer.current.style.left = `${left}px`;
    // Above where there is no room below.
    const below = anchor.bottom + GAP;
    const height = layer.current.offsetHeight;
    const fits = below + height + MARGIN <= window.innerHeight;
    layer.current.style.top = `${fits ? below : Math.max(MARGIN, anchor.top - GAP - height)}px`;
  }, [open, align]);

  function onToggle(event: ToggleEvent<HTMLDivElement>) {
    setOpen(event.newState === 'open');
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        className={triggerClassName}
        aria-label={triggerLabel}
        popoverTarget={id}
        aria-expanded={open}
      >
        {trigger}
      </button>
      <div ref={layer} id={id} popover="auto" className="popover" role="dialog" aria-label={label} onToggle={onToggle}>
        {open && children(() => layer.current?.hidePopover())}
      </div>
    </>
  );
}
