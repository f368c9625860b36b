/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const server = process.env.VIZSLA_URL ?? 'http://127.0.0.1:8127';

// The text font is needed by the first paint, but the browser only learns of it from the style sheet.
function preloadTextFont(): Plugin {
  return {
    name: 'preload-text-font',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((file) => /inter-latin.*\.woff2$/.test(file));
        if (!font) return [];
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `./${font}` };
        return [{ tag: 'link', attrs, injectTo: 'head' }];
      },
    },
  };
}

export default defineConfig({
  // Addresses relative to the page's <base>: the server may serve the UI under any path prefix.
  base: './',
  plugins: [react(), preloadTextFont()],
  build: {
    target: 'es2022',
    manifest: 'manifest.json',
    // One style sheet for all pages: one that couldn't be had when its page was fetched ahead would never be asked for again.
    cssCodeSplit: false,
    // A font inlined as data: would be refused by the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    // The glossary is the documentation's.
    fs: { allow: ['.', '../docs'] },
    proxy: { '/api': server, '/healthz': server },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
