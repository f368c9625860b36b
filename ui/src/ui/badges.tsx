import { CircleAlert } from 'lucide-react';
import './badges.css';

export function HttpStatus({ code }: { code: number }) {
  const tone = code >= 500 ? 'error' : code >= 400 ? 'warning' : 'plain';
  return (
    <span className={`badge badge-${tone}`} title={`HTTP status ${code}`}>
      {code >= 500 && <CircleAlert size={11} aria-hidden />}
      {code}
    </span>
  );
}

export function Pill({ children, title }: { children: string; title?: string }) {
  return (
    <span className="badge badge-plain" title={title}>
      {children}
    </span>
  );
}

export function ErrorBadge({ children = 'error' }: { children?: string }) {
  return (
    <span className="badge badge-error">
      <CircleAlert size={11} aria-hidden />
      {children}
    </span>
  );
}
