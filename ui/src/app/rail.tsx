import { Link, useLocation } from '@tanstack/react-router';
import { BookOpen, Boxes, House, ListTree, PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { setPreference, usePreferences } from '../ui/preferences';
import './rail.css';

export function Rail() {
  // Pages that belong to the list of traces, and are none that it leads on from by its address.
  const ofTraces = useLocation({ select: ({ pathname }) => pathname.startsWith('/trace/') || pathname === '/spans' });
  const expanded = usePreferences((preferences) => preferences.railExpanded);
  const toggleLabel = expanded ? 'Collapse the menu' : 'Expand the menu';
  return (
    <nav className={expanded ? 'rail rail-expanded' : 'rail'} aria-label="Main">
      <Link to="/" className="rail-brand" aria-label="Vizsla" activeOptions={{ exact: true, includeSearch: false }}>
        <Logo />
        <span className="rail-text">Vizsla</span>
      </Link>
      <Link to="/" className="rail-item" title="Home (g h)" activeOptions={{ exact: true, includeSearch: false }}>
        <House size={16} aria-hidden />
        <span className="rail-text">Home</span>
      </Link>
      <Link to="/services" className="rail-item" title="Services (g s)" activeOptions={{ includeSearch: false }}>
        <Boxes size={16} aria-hidden />
        <span className="rail-text">Services</span>
      </Link>
      <Link
        to="/traces"
        className={ofTraces ? 'rail-item rail-item-section' : 'rail-item'}
        title="Traces (g t)"
        activeOptions={{ includeSearch: false }}
      >
        <ListTree size={16} aria-hidden />
        <span className="rail-text">Traces</span>
      </Link>
      <Link
        to="/glossary"
        className="rail-item rail-last"
        title="Glossary (g g)"
        activeOptions={{ includeHash: false }}
      >
        <BookOpen size={16} aria-hidden />
        <span className="rail-text">Glossary</span>
      </Link>
      <button
        type="button"
        className="rail-item"
        aria-label={toggleLabel}
        aria-expanded={expanded}
        title={toggleLabel}
        onClick={() => setPreference({ railExpanded: !expanded })}
      >
        {expanded ? <PanelLeftClose size={16} aria-hidden /> : <PanelLeftOpen size={16} aria-hidden />}
        <span className="rail-text">Collapse</span>
      </button>
    </nav>
  );
}

function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <rect className="rail-logo-ground" width="32" height="32" rx="7" />
      <rect className="rail-logo-span" x="6" y="8" width="20" height="4" rx="1.5" />
      <rect className="rail-logo-span" x="10" y="14" width="12" height="4" rx="1.5" />
      <rect className="rail-logo-hit" x="14" y="20" width="8" height="4" rx="1.5" />
    </svg>
  );
}
