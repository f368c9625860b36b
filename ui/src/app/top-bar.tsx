import { CircleQuestionMark, Moon, Search, Sun } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { zoneName } from '../format/zone';
import { IconButton } from '../ui/button';
import { Kbd } from '../ui/kbd';
import { toggleTheme, useTheme } from '../ui/theme';
import type { TopBarSlots } from '../ui/top-bar-slots';
import { toggleZone, useZone } from '../ui/zone';
import './top-bar.css';

interface TopBarProps {
  // Called once with the elements that pages fill.
  onSlots: (slots: TopBarSlots) => void;
  onJump: () => void;
  onHelp: () => void;
}

export function TopBar({ onSlots, onJump, onHelp }: TopBarProps) {
  const breadcrumb = useRef<HTMLDivElement>(null);
  const tools = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const zone = useZone();
  const zoneShown = zoneName(Date.now(), zone);
  const otherZone = zone === 'utc' ? 'local time' : 'UTC';
  useEffect(() => onSlots({ breadcrumb: breadcrumb.current, tools: tools.current }), [onSlots]);

  return (
    <header className="top-bar">
      <div ref={breadcrumb} className="top-bar-breadcrumb" />
      <button type="button" className="top-bar-jump" onClick={onJump}>
        <Search size={14} aria-hidden />
        <span>Go to…</span>
        <Kbd keys="mod+k" />
      </button>
      <div ref={tools} className="top-bar-tools" />
      <button
        type="button"
        className="button button-plain top-bar-zone"
        aria-label={`${zoneShown}: show times in ${otherZone}`}
        title={`Times are ${zoneShown}. Show them in ${otherZone} (u)`}
        onClick={toggleZone}
      >
        {zoneShown}
      </button>
      <IconButton
        label={theme === 'dark' ? 'Use light colours' : 'Use dark colours'}
        shortcut="x"
        icon={theme === 'dark' ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
        onClick={toggleTheme}
      />
      <IconButton
        label="Keyboard shortcuts"
        shortcut="?"
        icon={<CircleQuestionMark size={16} aria-hidden />}
        onClick={onHelp}
      />
    </header>
  );
}
