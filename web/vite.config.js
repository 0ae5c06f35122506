// One page and its hashed assets under /dashboard/assets/, nothing inline: the page's CSP allows 'self' only.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/dashboard/',
  build: {
    target: 'es2022',
    outDir: process.env.WEB_DIST ?? 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
