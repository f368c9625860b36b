import './progress-line.css';

// Old data stays while new data is on its way; this thin line says that it is.
export function ProgressLine({ active }: { active: boolean }) {
  return <div className={active ? 'progress-line progress-line-active' : 'progress-line'} aria-hidden />;
}
