import type { ReactNode } from 'react';
import './section.css';

interface SectionProps {
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

// A titled part of the detail.
export function Section({ title, actions, children }: SectionProps) {
  return (
    <section className="detail-section">
      <header>
        <h3>{title}</h3>
        {actions}
      </header>
      {children}
    </section>
  );
}
