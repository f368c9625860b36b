// Lets a page put its path and its controls into the top bar, which belongs to the frame around all pages.

import { createContext, type ReactNode, useContext } from 'react';
import { createPortal } from 'react-dom';

export interface TopBarSlots {
  breadcrumb: HTMLElement | null;
  tools: HTMLElement | null;
}

export const TopBarSlotContext = createContext<TopBarSlots>({ breadcrumb: null, tools: null });

export function Breadcrumb({ children }: { children: ReactNode }) {
  const { breadcrumb } = useContext(TopBarSlotContext);
  return breadcrumb && createPortal(children, breadcrumb);
}

export function TopBarTools({ children }: { children: ReactNode }) {
  const { tools } = useContext(TopBarSlotContext);
  return tools && createPortal(children, tools);
}
