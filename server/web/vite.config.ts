// Two pages, built into dist/ for the server to carry inside its binary.
// While developing, /ws, /api and /fonts are passed on to a running server
// (HEMICYCLE_URL, default http://127.0.0.1:8480).
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.HEMICYCLE_URL ?? 'http://127.0.0.1:8480';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { console: here('./console.html'), hall: here('./hall.html') } },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/ws': { target: server, ws: true },
      '/api': { target: server },
      '/fonts': { target: server },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
