// Nothing to show: what left none over, and what can be done about it.

import { SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import './empty-block.css';

interface EmptyBlockProps {
  title: string;
  children: ReactNode;
  // Buttons and links.
  actions?: ReactNode;
}

export function EmptyBlock({ title, children, actions }: EmptyBlockProps) {
  return (
    <div className="empty-block">
      <SearchX size={24} aria-hidden />
      <h2>{title}</h2>
      <p>{children}</p>
      <div className="empty-block-actions">{actions}</div>
    </div>
  );
}
