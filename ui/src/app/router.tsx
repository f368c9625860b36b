// Which page each address shows, and what its query part may say.

import {
  createBrowserHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { basePath } from '../api/base-path';
import { HomePage } from '../features/home/home-page';
import { readHomeSearch } from '../features/home/home-search';
import { readResourceSearch } from '../features/over-time/over-time-search';
import type { RawSearch } from '../features/search-params';
import { searchFromString, searchToString } from '../features/search-params';
import { readServiceSearch } from '../features/service/service-search';
import { ServicesPage } from '../features/services/services-page';
import { readServicesSearch } from '../features/services/services-search';
import { readSpansSearch } from '../features/spans/spans-search';
import { readTraceSearch } from '../features/trace/trace-search';
import { TracesPage } from '../features/traces/traces-page';
import { readTracesSearch } from '../features/traces/traces-search';
import { AppShell } from './app-shell';
import { BrokenPage } from './broken-page';
import { NotFoundPage } from './not-found-page';
import { oldLink } from './old-links';

interface RouterContext {
  // Keys of the first address's query part that no page knows, or whose values mean nothing.
  misunderstood: string[];
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: AppShell, notFoundComponent: NotFoundPage });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: (raw: RawSearch) => replacing(raw, readHomeSearch(raw).search),
  component: HomePage,
});

const servicesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/services',
  validateSearch: (raw: RawSearch) => replacing(raw, readServicesSearch(raw).search),
  component: ServicesPage,
});

const serviceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/services/$service',
  validateSearch: (raw: RawSearch) => replacing(raw, readServiceSearch(raw).search),
  component: lazyRouteComponent(() => import('../features/service/service-page'), 'ServicePage'),
});

const resourceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/services/$service/resources/$hash',
  validateSearch: (raw: RawSearch) => replacing(raw, readResourceSearch(raw).search),
  component: lazyRouteComponent(() => import('../features/resource/resource-page'), 'ResourcePage'),
});

const tracesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/traces',
  validateSearch: (raw: RawSearch) => replacing(raw, readTracesSearch(raw).search),
  component: TracesPage,
});

const spansRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spans',
  validateSearch: (raw: RawSearch) => replacing(raw, readSpansSearch(raw).search),
  component: lazyRouteComponent(() => import('../features/spans/spans-page'), 'SpansPage'),
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

const oldLinksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/apm/$',
  beforeLoad: ({ location }) => {
    const href = oldLink(location.href.replace(/[?#].*/, ''), location.search);
    throw href === null ? notFound() : redirect({ href, replace: true });
  },
});

// Tests bring their own history; the page uses the browser's.
export function createAppRouter(history: RouterHistory = createBrowserHistory()) {
  return createRouter({
    history,
    routeTree: rootRoute.addChildren([
      homeRoute,
      servicesRoute,
      serviceRoute,
      resourceRoute,
      tracesRoute,
      spansRoute,
      traceRoute,
      glossaryRoute,
      oldLinksRoute,
    ]),
    basepath: basePath(),
    context: { misunderstood: misunderstoodKeys(window.location) },
    parseSearch: searchFromString,
    stringifySearch: searchToString,
    scrollRestoration: true,
    // The code of the next page comes while the pointer is on its link.
    defaultPreload: 'intent',
    defaultErrorComponent: BrokenPage,
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
  if (path === '/') return readHomeSearch(raw).misunderstood;
  if (/^\/services\/[^/]+\/resources\//.test(path)) return readResourceSearch(raw).misunderstood;
  if (path.startsWith('/services/')) return readServiceSearch(raw).misunderstood;
  if (path === '/services') return readServicesSearch(raw).misunderstood;
  if (path === '/spans') return readSpansSearch(raw).misunderstood;
  return path === '/traces' ? readTracesSearch(raw).misunderstood : [];
}

// Fetches the code of the pages that are loaded when they are opened, so that they open without the server, too.
export function loadAllPages(router: ReturnType<typeof createAppRouter>): void {
  for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route);
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
