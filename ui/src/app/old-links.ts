// Addresses as Datadog's APM has them, in runbooks, chats and dashboards: where each leads here.
//
// What follows the path is carried over where it means something here: env, times in epoch milliseconds, the span of a trace.

import { nameInPath } from '../features/path-part';
import { searchToString } from '../features/search-params';

type Segments = readonly string[];
type Search = Readonly<Record<string, unknown>>;

interface OldPage {
  // After `/apm`; `*` stands for any one part, `**` at the end for whatever may follow.
  path: string;
  // Given the parts that `*` stood for; what it names in turn.
  to: (parts: Segments) => Segments;
  query: (search: Search, parts: Segments) => Record<string, string | undefined>;
}

const PAGES: readonly OldPage[] = [
  { path: '', to: () => ['services'], query: scopeOf },
  { path: 'home', to: () => ['services'], query: scopeOf },
  { path: 'services', to: () => ['services'], query: scopeOf },
  { path: 'services/*', to: ([service]) => ['services', service], query: scopeOf },
  { path: 'services/*/operations/*/**', to: ([service]) => ['services', service], query: withOperation },
  { path: 'service/*', to: ([service]) => ['services', service], query: scopeOf },
  { path: 'service/*/*/**', to: ([service]) => ['services', service], query: withOperation },
  { path: 'resource/*/*/*', to: ([service, , hash]) => ['services', service, 'resources', hash], query: scopeOf },
  { path: 'traces', to: () => ['traces'], query: scopeOf },
  { path: 'trace/*', to: ([trace]) => ['trace', trace], query: ({ spanID }) => ({ span: spanIdOf(spanID) }) },
];

// What `pathname` (with its percent signs, as a browser has it) and this query lead to; null where there is no such page.
export function oldLink(pathname: string, search: Search): string | null {
  const segments = pathname.split('/').filter(Boolean).map(nameInPath);
  if (segments[0] !== 'apm') return null;
  for (const page of PAGES) {
    const parts = match(page.path, segments.slice(1));
    if (!parts) continue;
    const path = page.to(parts).map((part) => `/${encodeURIComponent(part)}`);
    return path.join('') + searchToString(page.query(search, parts));
  }
  return null;
}

function match(pattern: string, segments: Segments): Segments | null {
  const wanted = pattern.split('/').filter(Boolean);
  const open = wanted.at(-1) === '**';
  if (open) wanted.pop();
  if (open ? segments.length < wanted.length : segments.length !== wanted.length) return null;
  if (wanted.some((part, i) => part !== '*' && part !== segments[i])) return null;
  return segments.filter((_, i) => wanted[i] === '*');
}

function scopeOf(search: Search): Record<string, string | undefined> {
  return {
    env: typeof search.env === 'string' ? search.env : undefined,
    from: millisIn(search.start) ?? millisIn(search.from_ts),
    to: millisIn(search.end) ?? millisIn(search.to_ts),
  };
}

function withOperation(search: Search, [, operation]: Segments): Record<string, string | undefined> {
  return { ...scopeOf(search), op: operation };
}

function millisIn(value: unknown): string | undefined {
  return /^\d{12,13}$/.test(String(value)) ? String(value) : undefined;
}

// Decimal there, unless it has the sixteen digits of a hex id.
function spanIdOf(value: unknown): string | undefined {
  const text = String(value).toLowerCase();
  if (/^[0-9a-f]{16}$/.test(text)) return text;
  const hex = /^[1-9]\d{0,19}$/.test(text) ? BigInt(text).toString(16).padStart(16, '0') : '';
  return hex.length === 16 ? hex : undefined;
}
