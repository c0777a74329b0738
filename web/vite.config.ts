// How the client is built: one page, hashed names under /assets/, and a .gz beside every file worth it,
// so that the server can hand out compressed bytes without a compressor on the hot path.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const WORTH_COMPRESSING_BYTES = 1024;

/** Writes `name.gz` beside each built file over 1 KB. */
function compressed(): Plugin {
  let out = 'dist';
  return {
    name: 'konvent-gzip',
    apply: 'build',
    configResolved(config) {
      out = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json|txt|webmanifest)$/.test(entry.name))
          continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        if (bytes.length > WORTH_COMPRESSING_BYTES) {
          writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URL would need an exception in the content security policy
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: 'index.html', sw: 'src/sw/sw.ts' },
      // The service worker's address is lasting: browsers ask there for a newer one.
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    // `npm run dev` beside a running server.
    proxy: Object.fromEntries(
      ['/api', '/xmpp-websocket', '/letters.css'].map((path) => [
        path,
        { target: process.env['KONVENT_HTTP'] ?? 'http://127.0.0.1:8480', ws: true },
      ]),
    ),
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    passWithNoTests: false,
    testTimeout: 30_000, // a deadline for what hangs, with room for a machine that does other things, too
  },
});
