// A member in the browser and a member in slixmpp talk with each other: in their room and in private, both ways, and
// the browser's words are in the archive that slixmpp fetches. And a newcomer makes a password in the browser, with which alone
// another program gets in. Use: browser_and_slixmpp.mjs READY_FILE.
// The Python of the environment stands in KONVENT_PYTHON. Prints `N passed, N failed`.
import { randomUUID } from 'node:crypto';

import { DEADLINE_MS, chromiumOf, demoOf, foreign, newcomer, pair, theatre } from './stage.mjs';

const readyFile = process.argv[2];
const demo = demoOf(readyFile);
const { scene, close } = theatre('browser and slixmpp');
const browser = await chromiumOf();
const [inBrowser, inSlixmpp] = pair(demo);
const peer = foreign(readyFile, inSlixmpp.jid);
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
  await page
    .getByRole('article')
    .filter({ hasText: `Antwort ${word}` })
    .waitFor();
});

const open = `Der Saal ist offen. ${randomUUID()}`;

await scene('slixmpp says something in the room, the browser shows it', async () => {
  peer.say(`say ${open}`);
  await page.getByRole('article').filter({ hasText: open }).waitFor();
});

await scene('the browser asks in private, slixmpp answers', async () => {
  await page.goto(`${demo.http}/person/${encodeURIComponent(inSlixmpp.jid.split('@')[0])}`);
  const word = randomUUID();
  await write(`Frage ${word}`);
  await peer.line(`Frage ${word}`);
  await page
    .getByRole('article')
    .filter({ hasText: `Antwort ${word}` })
    .waitFor();
});

await scene('after a reload the browser shows the history', async () => {
  const word = randomUUID();
  await write(`Frage ${word}`);
  const answer = page.getByRole('article').filter({ hasText: `Antwort ${word}` });
  await answer.waitFor();
  await page.reload();
  await answer.waitFor();
});

await scene('another program gets in with what the page shows, and reads what was said', async () => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${demo.http}/einstellungen`);
  await page.getByLabel('Wie heißt das Programm?').fill('Handy');
  await page.getByRole('button', { name: 'Kennwort erzeugen' }).click();
  await page.locator('.fresh dd.server').waitFor();
  const copied = async (what) => {
    await page.locator('.fresh').getByRole('button', { name: `${what} kopieren` }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const [address, password] = [await copied('Adresse'), await copied('Kennwort')];
  const server = await page.locator('.fresh dd.server').innerText();
  const [starttls, tls] = [...server.matchAll(/Anschluss (\d+)/g)].map(([, port]) => port);
  const read = await newcomer([address, password, starttls, tls]);
  for (const way of ['starttls', 'tls']) {
    if (!read.includes(`${way} heard ${open}`)) throw new Error(`by ${way}: ${read.join(' | ')}`);
  }
});

await peer.leave();
await browser.close();
close();
