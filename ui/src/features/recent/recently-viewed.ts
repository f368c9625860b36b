// What this browser opened last: traces and services, the newest first. Nobody else learns of it.

import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { nameInPath } from '../path-part';

const KEPT_MAX = 8;

interface ViewedTrace {
  kind: 'trace';
  traceId: string;
  service: string;
  resource: string;
}

interface ViewedService {
  kind: 'service';
  service: string;
  // Undefined where the address left it to the page.
  env: string | undefined;
}

// With the milliseconds since 1970 when it was opened.
export type Viewed = (ViewedTrace | ViewedService) & { at: number };

export const useRecentlyViewed = create<{ viewed: readonly Viewed[] }>()(
  persist<{ viewed: readonly Viewed[] }>(() => ({ viewed: [] }), { name: 'vizsla.recently-viewed' }),
);

function remember(opened: ViewedTrace | ViewedService): void {
  const others = useRecentlyViewed.getState().viewed.filter((other) => keyOf(other) !== keyOf(opened));
  useRecentlyViewed.setState({ viewed: [{ ...opened, at: Date.now() }, ...others].slice(0, KEPT_MAX) });
}

export function keyOf(viewed: ViewedTrace | ViewedService): string {
  return viewed.kind === 'trace' ? viewed.traceId : `${viewed.env ?? ''}/${viewed.service}`;
}

export function useRememberTrace(traceId: string, service: string, resource: string): void {
  useEffect(() => remember({ kind: 'trace', traceId, service, resource }), [traceId, service, resource]);
}

// By the address, so that it counts as looking at a service wherever its figures are shown.
export function useRememberServices(): void {
  const service = useLocation({ select: ({ pathname }) => serviceOf(pathname) });
  const env = useLocation({ select: ({ search }) => textIn(search, 'env') });
  useEffect(() => {
    if (service !== undefined) remember({ kind: 'service', service, env });
  }, [service, env]);
}

function serviceOf(pathname: string): string | undefined {
  const [, inPath] = /^\/services\/([^/]+)/.exec(pathname) ?? [];
  return inPath === undefined ? undefined : nameInPath(inPath);
}

function textIn(search: object, key: string): string | undefined {
  const value = (search as Record<string, unknown>)[key];
  return value === undefined ? undefined : String(value);
}
