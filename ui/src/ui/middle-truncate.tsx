// Text that loses its middle when there is no room: both ends of a route tell where it leads. Copies as a whole.

import './middle-truncate.css';

const TAIL = 14;

export function MiddleTruncate({ text, className = '' }: { text: string; className?: string }) {
  // Short texts are never worth cutting twice.
  if (text.length < TAIL * 2) {
    return (
      <span className={`middle-truncate ${className}`} title={text}>
        <span className="middle-truncate-head">{text}</span>
      </span>
    );
  }
  return (
    <span className={`middle-truncate ${className}`} title={text}>
      <span className="middle-truncate-head">{text.slice(0, -TAIL)}</span>
      <span className="middle-truncate-tail">{text.slice(-TAIL)}</span>
    </span>
  );
}
