// What scenes with a browser need: members of a demo, a member in slixmpp to talk with, Chromium, and a count.
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, '../web/package.json'))('@playwright/test');

export const DEADLINE_MS = 30_000;

/** What `konvent demo` wrote: addresses and accounts. */
export function demoOf(readyFile) {
  return JSON.parse(readFileSync(readyFile, 'utf8'));
}

/** Two members without office whose lowest unit is the same. */
export function pair(demo) {
  const lowest = (account) => String(account.units[0]);
  const plain = demo.accounts.filter((account) => account.role.startsWith('Mitglied'));
  for (const first of plain) {
    const second = plain.find((other) => other !== first && lowest(other) === lowest(first));
    if (second) return [first, second];
  }
  throw new Error('no two accounts of the demo share their lowest unit');
}

/** slixmpp as a child: lines in, lines out. */
export function foreign(readyFile, jid) {
  const python = process.env.KONVENT_PYTHON ?? 'python3';
  const child = spawn(python, [join(here, 'answering_member.py'), readyFile, jid], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = [];
  const waiting = new Set();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  return {
    say: (line) => child.stdin.write(`${line}\n`),
    leave: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.stdin.end();
      }),
    /** Waits until a printed line contains `words` and returns it. */
    line: (words) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`slixmpp did not print “${words}” but: ${lines.join(' | ')}`));
        }, DEADLINE_MS);
        function look() {
          const found = lines.find((line) => line.includes(words));
          if (found === undefined) return;
          clearTimeout(late);
          waiting.delete(look);
          resolve(found);
        }
        waiting.add(look);
        look();
      }),
  };
}

/** Another program, which knows nothing but these words; the lines it prints. */
export async function newcomer(words) {
  const python = process.env.KONVENT_PYTHON ?? 'python3';
  const { stdout } = await promisify(execFile)(python, [join(here, 'newcomer.py'), ...words]);
  return stdout.trim().split('\n');
}

/** Chromium, which fetches nothing by itself. */
export function chromiumOf() {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Plays scenes one after the other and counts them. */
export function theatre(title) {
  let passed = 0;
  let failed = 0;
  return {
    async scene(name, play) {
      try {
        await play();
        passed += 1;
        console.log(`ok      ${title}: ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED  ${title}: ${name}\n${error.stack}`);
      }
    },
    close() {
      console.log(`${passed} passed, ${failed} failed`);
      process.exitCode = failed === 0 ? 0 : 1;
    },
  };
}
