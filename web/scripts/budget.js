// The byte budget (WEB.md section 4.5): what must be fetched before the list of conversations is there, every
// lazy chunk by itself, all compressed as the server hands them out. Fails the build when it is exceeded.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD_KB = 60; // the house's limit is 120; we aim lower and hold it
const LAZY_KB = 20;
const WORKER_KB = 2; // the service worker starts anew for each notification

const dist = new URL('../dist/', import.meta.url).pathname;
const assets = join(dist, 'assets');
const gz = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
const kb = (bytes) => `${(bytes / 1024).toFixed(1).padStart(6)} KB`;

/** Everything a chunk imports at once (not lazily), itself included. */
function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  if (name.endsWith('.js')) {
    const code = readFileSync(join(assets, name), 'utf8');
    for (const [, other] of code.matchAll(/(?:from|^import|[;}]import)\s*"\.\/([\w.-]+)"/gm)) {
      closure(other, found);
    }
  }
  return found;
}

const html = readFileSync(join(dist, 'index.html'), 'utf8');
const first = new Set();
for (const [, name] of html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)) closure(name, first);
const all = readdirSync(assets).filter((name) => !name.endsWith('.gz'));
// German is the language a first visit loads.
for (const name of all) if (/^de-.*\.js$/.test(name)) first.add(name);

let sum = gz(join(dist, 'index.html')) + gz(join(dist, 'icon.svg'));
const faults = [];
console.log('first load');
for (const name of [...first].sort()) {
  const bytes = gz(join(assets, name));
  sum += bytes;
  console.log(`  ${kb(bytes)}  ${name}`);
}
console.log(`  ${kb(sum)}  together, with page and icon (limit ${FIRST_LOAD_KB} KB)`);
if (sum > FIRST_LOAD_KB * 1024) faults.push('first load is too big');
console.log('later');
for (const name of all.filter((other) => !first.has(other)).sort()) {
  const bytes = gz(join(assets, name));
  console.log(`  ${kb(bytes)}  ${name}`);
  if (bytes > LAZY_KB * 1024) faults.push(`${basename(name)} is too big`);
}
for (const name of [...all.map((file) => join('assets', file)), 'index.html']) {
  const size = statSync(join(dist, name)).size;
  if (size > 1024 && !statSync(join(dist, `${name}.gz`), { throwIfNoEntry: false })) {
    faults.push(`${name} has no compressed twin`);
  }
}
const worker = gz(join(dist, 'sw.js'));
console.log(`  ${kb(worker)}  sw.js`);
if (worker > WORKER_KB * 1024) faults.push('sw.js is too big');
// A service worker that imports others must be loaded as a module, which not all browsers can.
if (/^\s*(import|export)\b/m.test(readFileSync(join(dist, 'sw.js'), 'utf8'))) {
  faults.push('sw.js is not one file');
}
// The policy `default-src 'self'` forbids inline code; the page must not need it.
if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/.test(html))
  faults.push('inline code in index.html');
for (const fault of faults) console.error(`FAULT ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
