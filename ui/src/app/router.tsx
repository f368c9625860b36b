// Which page each address shows, and what its query part may say.

import {
  createBrowserHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { basePath } from '../api/base-path';
import type { RawSearch } from '../features/search-params';
import { searchFromString, searchToString } from '../features/search-params';
import { ServicesPage } from '../features/services/services-page';
import { readServicesSearch } from '../features/services/services-search';
import { readTraceSearch } from '../features/trace/trace-search';
import { TracesPage } from '../features/traces/traces-page';
import { readTracesSearch } from '../features/traces/traces-search';
import { AppShell } from './app-shell';
import { NotFoundPage } from './not-found-page';

interface RouterContext {
  // Keys of the first address's query part that no page knows, or whose values mean nothing.
  misunderstood: string[];
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: AppShell, notFoundComponent: NotFoundPage });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/services', replace: true });
  },
});

const servicesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/services',
  validateSearch: (raw: RawSearch) => replacing(raw, readServicesSearch(raw).search),
  component: ServicesPage,
});

const tracesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces',
  validateSearch: (raw: RawSearch) => replacing(raw, readTracesSearch(raw).search),
  component: TracesPage,
});

const glossaryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/glossary',
  component: lazyRouteComponent(() => import('../features/glossary/glossary-page'), 'GlossaryPage'),
});

const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/trace/$traceId',
  validateSearch: (raw: RawSearch) => replacing(raw, readTraceSearch(raw).search),
  component: lazyRouteComponent(() => import('../features/trace/trace-page'), 'TracePage'),
});

// Tests bring their own history; the page uses the browser's.
export function createAppRouter(history: RouterHistory = createBrowserHistory()) {
  return createRouter({
    history,
    routeTree: rootRoute.addChildren([homeRoute, servicesRoute, tracesRoute, traceRoute, glossaryRoute]),
    basepath: basePath(),
    context: { misunderstood: misunderstoodKeys(window.location) },
    parseSearch: searchFromString,
    stringifySearch: searchToString,
    scrollRestoration: true,
    // The code of the next page comes while the pointer is on its link.
    defaultPreload: 'intent',
  });
}

// The router lays what is validated over what the URL says; keys that mean nothing are taken out by name.
function replacing<T extends object>(raw: RawSearch, search: T): T {
  const nothing = Object.fromEntries(Object.keys(raw).map((key) => [key, undefined]));
  return { ...nothing, ...search };
}

function misunderstoodKeys({ pathname, search }: Location): string[] {
  const raw = searchFromString(search);
  const path = pathname.slice(basePath().length);
  if (path.startsWith('/trace/')) return readTraceSearch(raw).misunderstood;
  if (path === '/services') return readServicesSearch(raw).misunderstood;
  return path === '/traces' ? readTracesSearch(raw).misunderstood : [];
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
