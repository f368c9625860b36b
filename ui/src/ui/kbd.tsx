import './kbd.css';

const NAMES: Record<string, string> = {
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
};

const isMac = navigator.userAgent.includes('Mac');

// `mod+k` → Ctrl K, `g t` → g t. Case matters in single keys only.
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="kbd-keys">
      {keys.split(/[ +]/).map((key, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a key may be pressed twice, and they don't change
        <kbd key={i}>{nameOf(key, keys.startsWith('mod+'))}</kbd>
      ))}
    </span>
  );
}

function nameOf(key: string, inChord: boolean): string {
  if (key === 'mod') return isMac ? 'Cmd' : 'Ctrl';
  return NAMES[key] ?? (inChord ? key.toUpperCase() : key);
}
