import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/queries';
import { createAppRouter, loadAllPages } from './app/router';
import { startTheme } from './ui/theme';
import './ui/tokens.css';
import './ui/base.css';
import './ui/input.css';

startTheme();
const root = document.getElementById('app');
if (!root) throw new Error('index.html has no element with the id "app"');
const router = createAppRouter();
const IDLE_AT_LATEST_MS = 5_000;

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
if ('requestIdleCallback' in window) requestIdleCallback(() => loadAllPages(router), { timeout: IDLE_AT_LATEST_MS });
else setTimeout(() => loadAllPages(router), IDLE_AT_LATEST_MS);
