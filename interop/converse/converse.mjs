// Converse, a web client that others wrote, on a page of another origin, at our WebSocket: members sign in with an app
// password, find their contacts and rooms, talk with slixmpp, send a file, read what was said before and while they were away,
// and talk with each other end-to-end encrypted. Use: converse.mjs READY_FILE; the Python of the environment stands in KONVENT_PYTHON.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { DEADLINE_MS, chromiumOf, demoOf, foreign, pair, theatre } from '../stage.mjs';

const readyFile = process.argv[2];
const demo = demoOf(readyFile);
const dist = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/converse.js/dist');

const TYPES = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const PAGE = `<!doctype html>
<html lang="de"><meta charset="utf-8"><title>Converse</title>
<link rel="stylesheet" href="/dist/converse.min.css">
<body class="converse-fullscreen"><div id="conversejs"></div>
<script type="module">
  import '/dist/converse.min.js';
  converse.initialize({
    assets_path: '/dist/',
    authentication: 'login',
    auto_away: 0,
    discover_connection_methods: false,
    i18n: 'de',
    omemo_default: location.search === '?encrypted',
    play_sounds: false,
    view_mode: 'fullscreen',
    websocket_url: '${demo.http.replace('http', 'ws')}/xmpp-websocket',
  });
</script>`;

/** The page and the files of the package, from this machine only. */
const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, 'http://x').pathname);
  if (path === '/') {
    response.setHeader('content-type', 'text/html').end(PAGE);
    return;
  }
  readFile(join(dist, path.replace(/^\/dist\//, ''))).then(
    (bytes) => {
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.setHeader('content-type', type).end(bytes);
    },
    () => response.writeHead(404).end(),
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const { scene, close } = theatre('Converse');
const browser = await chromiumOf();

/** Every frame that left a browser. */
const sent = [];

/** A Converse of its own, signed in. */
async function signedIn({ jid, password }, query = '') {
  const context = await browser.newContext({
    locale: 'de-DE',
    viewport: { width: 1280, height: 800 },
  });
  // It asks for a list of public servers; nothing leaves this machine.
  await context.route(
    (url) => url.hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  const page = await context.newPage();
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => sent.push(String(payload)));
  });
  page.setDefaultTimeout(DEADLINE_MS);
  await page.goto(`${origin}/${query}`);
  await page.locator('input[name=jid]').fill(jid);
  await page.locator('input[name=password]').fill(password);
  await page.keyboard.press('Enter');
  return page;
}

const openRoom = (page, name) =>
  page.locator('converse-rooms-list').getByText(name).first().click();
const openPerson = (page, name) =>
  page.locator('converse-roster').getByText(name, { exact: true }).first().click();
const ENCRYPTING = '.toggle-omemo:visible .fa-lock';
const shown = (page, text) =>
  page.locator('.chat-msg__text:visible').filter({ hasText: text }).first().waitFor();

async function write(page, text) {
  const words = page.locator('textarea.chat-textarea:visible');
  await words.fill(text);
  await words.press('Enter');
}

const [inConverse, inSlixmpp] = pair(demo);
const peer = foreign(readyFile, inSlixmpp.jid);
const roomsName = String(inConverse.units[0]);
let page;

await scene('signs in, finds contacts and rooms', async () => {
  page = await signedIn(inConverse);
  await page.locator('converse-roster').getByText(inSlixmpp.name, { exact: true }).waitFor();
  await page.locator('converse-rooms-list').getByText(roomsName).first().waitFor();
});

await scene('asks in the room, slixmpp answers', async () => {
  await peer.line('room ');
  await openRoom(page, roomsName);
  const word = randomUUID();
  await write(page, `Frage ${word}`);
  await shown(page, `Antwort ${word}`);
});

await scene('asks in private, slixmpp answers', async () => {
  await openPerson(page, inSlixmpp.name);
  const word = randomUUID();
  await write(page, `Frage ${word}`);
  await shown(page, `Antwort ${word}`);
});

await scene('shows on a new device what was said before', async () => {
  const word = randomUUID();
  await write(page, `Frage ${word}`);
  await shown(page, `Antwort ${word}`);
  const second = await signedIn(inConverse);
  await openPerson(second, inSlixmpp.name);
  await shown(second, `Antwort ${word}`);
  await second.context().close();
});

await scene('sends a file, which comes down as it was', async () => {
  await openPerson(page, inSlixmpp.name);
  const [name, content] = [`${randomUUID()}.txt`, 'Tagesordnung für Dienstag\n'.repeat(2000)];
  await page
    .locator('.chat-message-form:visible input.fileupload')
    .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
  const address = (await peer.line(name)).split(' ').at(-1);
  const came = await (await fetch(address)).text();
  if (came !== content) throw new Error(`${address} holds ${came.length} other characters`);
});

await scene('shows in the room what was said while it was closed', async () => {
  await page.context().close();
  const text = `Der Saal ist offen. ${randomUUID()}`;
  peer.say(`say ${text}`);
  await peer.line(text);
  page = await signedIn(inConverse);
  await openRoom(page, roomsName);
  await shown(page, text);
});

await scene('two members talk end-to-end encrypted', async () => {
  await peer.leave();
  const other = await signedIn(inSlixmpp, '?encrypted');
  await openPerson(other, inConverse.name);
  await other.locator(ENCRYPTING).waitFor();
  // A device of its own: Converse 14 does not write to keys that it hears of after it has opened a conversation.
  const writer = await signedIn(inConverse, '?encrypted');
  await openPerson(writer, inSlixmpp.name);
  await writer.locator(ENCRYPTING).waitFor();
  const secret = `Geheim ${randomUUID()}`;
  await write(writer, secret);
  await shown(other, secret);
  if (sent.some((frame) => frame.includes(secret))) throw new Error('the words left in the clear');
  if (!sent.some((frame) => frame.includes('eu.siacs.conversations.axolotl'))) {
    throw new Error('nothing left encrypted');
  }
});

await browser.close();
server.close();
close();
