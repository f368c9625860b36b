// A modal dialog on the browser's own <dialog>: focus, inertness of the page behind and Escape come with it.

import { X } from 'lucide-react';
import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './button';
import { useLayerAbovePage } from './shortcuts';
import './dialog.css';

interface DialogProps {
  title: string;
  // A dialog whose purpose is plain from its content hides its title from sight.
  titleHidden?: boolean;
  onClose: () => void;
  children: ReactNode;
}

// Open while mounted.
export function Dialog({ title, titleHidden = false, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayerAbovePage(true);
  useEffect(() => {
    const opened = dialog.current;
    const cameFrom = document.activeElement;
    opened?.showModal();
    return () => {
      opened?.close();
      if (cameFrom instanceof HTMLElement) cameFrom.focus();
    };
  }, []);

  function closeOnBackdrop(event: MouseEvent) {
    if (event.target === dialog.current) onClose();
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard's way is Escape, which the browser turns into `cancel`
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onCancel={onClose} onClick={closeOnBackdrop}>
      <div className="dialog-content">
        <div className={titleHidden ? 'visually-hidden' : 'dialog-header'}>
          <h2 id={titleId}>{title}</h2>
          {!titleHidden && (
            <IconButton label="Close" shortcut="Esc" icon={<X size={16} aria-hidden />} onClick={onClose} />
          )}
        </div>
        {children}
      </div>
    </dialog>
  );
}
