// A member in the browser and a member in slixmpp talk with each other: in their room and in private, both ways, and
// the browser's words are in the archive that slixmpp fetches. Use: browser_and_slixmpp.mjs READY_FILE.
// The Python of the environment stands in KONVENT_PYTHON. Prints `N passed, N failed`.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, '../web/package.json'))('@playwright/test');

const DEADLINE_MS = 30_000;
const readyFile = process.argv[2];
const demo = JSON.parse(readFileSync(readyFile, 'utf8'));
const lowest = (account) => String(account.units[0]);

/** Two members without office whose lowest unit is the same. */
function pair() {
  const plain = demo.accounts.filter((account) => account.role.startsWith('Mitglied'));
  for (const first of plain) {
    const second = plain.find((other) => other !== first && lowest(other) === lowest(first));
    if (second) return [first, second];
  }
  throw new Error('no two accounts of the demo share their lowest unit');
}

/** slixmpp as a child: lines in, lines out. */
function foreign(jid) {
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

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
const browser = await chromium.launch({
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

let passed = 0;
let failed = 0;
async function scene(name, play) {
  try {
    await play();
    passed += 1;
    console.log(`ok      browser and slixmpp: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  browser and slixmpp: ${name}\n${error.stack}`);
  }
}

const [inBrowser, inSlixmpp] = pair();
const peer = foreign(inSlixmpp.jid);
const context = await browser.newContext({ locale: 'de-DE' });
const page = await context.newPage();
page.setDefaultTimeout(DEADLINE_MS);

async function write(text) {
  await page.locator('#words').fill(text);
  await page.keyboard.press('Enter');
}

await scene('the browser asks in the room, slixmpp answers', async () => {
  const room = (await peer.line('room ')).split(' ')[1];
  await page.goto(inBrowser.login_url);
  await page.waitForURL((url) => !url.pathname.startsWith('/anmelden'));
  await page.goto(`${demo.http}/gruppe/${encodeURIComponent(room.split('@')[0])}`);
  const word = randomUUID();
  await write(`Frage ${word}`);
  await peer.line(`Frage ${word}`);
  await page.getByRole('article').filter({ hasText: `Antwort ${word}` }).waitFor();
});

await scene('slixmpp says something in the room, the browser shows it', async () => {
  const text = `Der Saal ist offen. ${randomUUID()}`;
  peer.say(`say ${text}`);
  await page.getByRole('article').filter({ hasText: text }).waitFor();
});

await scene('the browser asks in private, slixmpp answers', async () => {
  await page.goto(`${demo.http}/person/${encodeURIComponent(inSlixmpp.jid.split('@')[0])}`);
  const word = randomUUID();
  await write(`Frage ${word}`);
  await peer.line(`Frage ${word}`);
  await page.getByRole('article').filter({ hasText: `Antwort ${word}` }).waitFor();
});

await scene('after a reload the browser shows the history', async () => {
  const word = randomUUID();
  await write(`Frage ${word}`);
  const answer = page.getByRole('article').filter({ hasText: `Antwort ${word}` });
  await answer.waitFor();
  await page.reload();
  await answer.waitFor();
});

await peer.leave();
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
