// Takes the pictures of the handbook and the README: sign-in, list and conversation, on a phone and on a desktop, light and
// dark. Members of the demo talk with each other in slixmpp first, so that there is something to see.
// Use: pictures.mjs READY_FILE FOLDER, with the Python of the environment in KONVENT_PYTHON (cargo xtask pictures).
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, '../web/package.json'))('@playwright/test');

const [readyFile, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const demo = JSON.parse(readFileSync(readyFile, 'utf8'));

const TALK = [
  'Guten Abend! Am Dienstag um 19 Uhr treffen wir uns im Gasthof zur Linde.',
  'Ich bringe die Liste für den Sommerstand mit.',
  'Wer kann beim Aufbau helfen? Wir brauchen vier Leute.',
  'Ich bin dabei, ab 17 Uhr.',
  'Ich auch. Soll ich den Pavillon aus der Geschäftsstelle holen?',
];

const [viewer, ...speakers] = demo.accounts.filter((account) => account.role.startsWith('Mitglied'));

/** One member says one sentence in the room of the lowest unit; resolves with the room once it has been reflected. */
function say(account, text) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.env.KONVENT_PYTHON ?? 'python3',
      [join(here, 'answering_member.py'), readyFile, account.jid],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let room = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('room ')) {
        room = line.slice('room '.length);
        child.stdin.write(`say ${text}\n`);
      }
      if (line.endsWith(text)) child.stdin.end();
    });
    child.once('exit', (code) => (code === 0 ? resolve(room) : reject(new Error(account.jid))));
  });
}

let room = '';
for (const [index, text] of TALK.entries()) {
  room = await say(speakers[index % 3], text);
}

const browser = await chromium.launch({
  executablePath: ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync),
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const forms = {
  desktop: { viewport: { width: 1180, height: 760 } },
  handy: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true },
};
for (const [form, device] of Object.entries(forms)) {
  for (const [theme, colorScheme] of [['hell', 'light'], ['dunkel', 'dark']]) {
    const context = await browser.newContext({ ...device, colorScheme, locale: 'de-DE', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const shoot = async (name) => {
      await page.screenshot({ path: join(folder, `${name}-${form}-${theme}.png`), animations: 'disabled' });
    };
    await page.goto(`${demo.http}/anmelden`);
    await page.getByRole('textbox').first().waitFor();
    await shoot('anmelden');
    await page.goto(viewer.login_url);
    await page.reload(); // only the part behind # has changed: the page must see it anew
    await page.waitForURL((url) => !url.pathname.startsWith('/anmelden'));
    await page.getByText(TALK[TALK.length - 1].slice(0, 20)).first().waitFor();
    await shoot('liste');
    await page.goto(`${demo.http}/gruppe/${encodeURIComponent(room.split('@')[0])}`);
    await page.getByRole('article').filter({ hasText: TALK[TALK.length - 1] }).waitFor();
    await shoot('gespraech');
    await context.close();
  }
}
await browser.close();
console.log(`pictures are in ${folder}`);
