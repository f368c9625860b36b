import type { ReactNode } from 'react';
import './fact.css';

interface FactProps {
  name: string;
  strong?: boolean;
  tone?: 'error' | undefined;
  children: ReactNode;
}

// A name and its value, within a <dl>.
export function Fact({ name, strong = false, tone, children }: FactProps) {
  return (
    <div className={`fact ${strong ? 'fact-strong' : ''} ${tone === 'error' ? 'fact-error' : ''}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
