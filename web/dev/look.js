// Draws the built client against a made-up server and takes pictures of it, for looking at the design while no
// real server runs. Not a test: the journeys in e2e/ meet the real server. Run: npm run build && npm run look
import AxeBuilder from '@axe-core/playwright';
import { chromium } from '@playwright/test';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const out = process.env.SHOTS_DIR ?? 'test-results/look';
mkdirSync(out, { recursive: true });

const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const types = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.svg': 'image/svg+xml',
};
const server = createServer((request, response) => {
  const path = join('dist', new URL(request.url, 'http://x').pathname);
  const file = extname(path) && existsSync(path) ? path : 'dist/index.html';
  response.setHeader('content-security-policy', CSP);
  response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
  response.end(readFileSync(file));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const ME = 'helga.brandt@verband.example';
const ROOMS = 'gruppen.verband.example';
const session = {
  jid: ME,
  name: 'Helga Brandt',
  domain: 'verband.example',
  rooms_service: ROOMS,
  is_admin: true,
  units: [
    { name: 'Ortsverband Lindenau', level: 'Ortsverband' },
    { name: 'Kreisverband Waldmark', level: 'Kreisverband' },
  ],
  offices: [{ title: 'Schatzmeisterin', unit: 'Ortsverband Lindenau' }],
  fast: { mechanism: 'HT-SHA-256-NONE', token: 'token', expires_at: '2027-01-01T00:00:00Z' },
};

const rooms = [
  ['lindenau', 'Ortsverband Lindenau', 'participant'],
  ['vorstand-lindenau', 'Vorstand Lindenau', 'participant'],
  ['waldmark', 'Kreisverband Waldmark', 'visitor'],
  ['land', 'Landesverband Mittelland', 'visitor'],
  ['bund', 'Bundesverband', 'visitor'],
];
const people = [
  'Ahmet Yıldız',
  'Bärbel von der Heide',
  'Murat Kaya',
  'Jana Lehmann',
  'Stefan Öztürk-Schmidt',
];
const address = (name) =>
  `${name
    .normalize('NFD')
    .replace(/[^a-z ]/gi, '')
    .toLowerCase()
    .replaceAll(' ', '.')}@verband.example`;

const now = Date.now();
const ago = (minutes) => new Date(now - minutes * 60_000).toISOString();
const talk = [];
const words = [
  [
    'Murat Kaya',
    'Guten Morgen zusammen, die Einladung zur Mitgliederversammlung geht heute raus.',
    2900,
  ],
  ['Murat Kaya', 'Wer kann am Samstag beim Aufbau helfen?', 2899],
  ['Jana Lehmann', 'Ich bin dabei, ab 9 Uhr.', 2800],
  ['Helga Brandt', 'Ich bringe Kuchen mit 🙂', 2790],
  [
    'Bärbel von der Heide',
    'Hier ist der Raumplan: https://verband.example/raum/plan.\nBitte bis Freitag prüfen.',
    1500,
  ],
  ['Helga Brandt', 'Danke, sieht gut aus.\nDen Kassenbericht schicke ich morgen.', 1480],
  [
    'Ahmet Yıldız',
    'Noch eine Frage zum Antrag des Kreises: Sollen wir vorher einen Termin machen, damit wir alle denselben Stand haben? Ich würde Mittwochabend vorschlagen, ungefähr um sieben im Gemeindehaus.',
    60,
  ],
  ['Jana Lehmann', 'Mittwoch passt.', 42],
  ['Jana Lehmann', 'Ich reserviere den Raum.', 41],
];
for (let i = 0; i < 40; i++)
  talk.push([people[i % 5], `Frühere Nachricht Nummer ${40 - i}`, 9000 - i * 30]);
talk.push(...words);

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const archived = (room, index, query) => {
  const [name, body, minutes] = talk[index];
  return `<message xmlns='jabber:client' from='${room}'><result xmlns='urn:xmpp:mam:2' queryid='${query}' id='a${index}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${ago(minutes)}'/><message xmlns='jabber:client' type='groupchat' from='${room}/${name}' id='o${index}'><body>${escape(body)}</body></message></forwarded></result></message>`;
};

function serve(ws) {
  const mac = createHmac('sha256', 'token').update('Responder').digest('base64');
  const say = (text) => ws.send(text);
  const state = { h: 0 };
  ws.onMessage((frame) => {
    const id = /id='([^']*)'/.exec(frame)?.[1];
    const to = /^<[a-z]+[^>]* to='([^']*)'/.exec(frame)?.[1];
    if (/^<(iq|message|presence)/.test(frame)) state.h += 1;
    const result = (inside) =>
      say(
        `<iq xmlns='jabber:client' type='result' id='${id}'${to ? ` from='${to}'` : ''}>${inside}</iq>`,
      );
    if (frame.startsWith('<open')) {
      say(`<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0'/>`);
      say(
        `<stream:features xmlns:stream='http://etherx.jabber.org/streams'><authentication xmlns='urn:xmpp:sasl:2'><inline><fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication></stream:features>`,
      );
    } else if (frame.startsWith('<authenticate')) {
      say(
        `<success xmlns='urn:xmpp:sasl:2'><additional-data>${mac}</additional-data><authorization-identifier>${ME}/Konvent.1</authorization-identifier><bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='1' resume='true'/></bound></success>`,
      );
    } else if (frame.startsWith('<r ')) {
      say(`<a xmlns='urn:xmpp:sm:3' h='${state.h}'/>`);
    } else if (frame.startsWith('<presence') && to) {
      const role = rooms.find(([key]) => to.startsWith(key + '@'))?.[2];
      say(
        `<presence xmlns='jabber:client' from='${to}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='${role}'/><status code='110'/></x></presence>`,
      );
    } else if (frame.startsWith('<message') && frame.includes('verweigert')) {
      say(
        `<message xmlns='jabber:client' type='error' id='${id}' from='${to}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
      );
    } else if (
      frame.startsWith('<message') &&
      frame.includes("type='groupchat'") &&
      !frame.includes('Unterwegs')
    ) {
      say(
        frame
          .replace(/ to='[^']*'/, ` from='${to}/Helga Brandt'`)
          .replace(
            '</message>',
            `<stanza-id xmlns='urn:xmpp:sid:0' by='${to}' id='s${id}'/></message>`,
          ),
      );
    } else if (frame.includes('urn:xmpp:bookmarks:1')) {
      result(
        `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'>${rooms.map(([key, name]) => `<item id='${key}@${ROOMS}'><conference xmlns='urn:xmpp:bookmarks:1' name='${name}' autojoin='true'/></item>`).join('')}</items></pubsub>`,
      );
    } else if (frame.includes('jabber:iq:roster')) {
      result(
        `<query xmlns='jabber:iq:roster'>${people.map((name) => `<item jid='${address(name)}' name='${name}'><group>Ortsverband Lindenau</group></item>`).join('')}</query>`,
      );
    } else if (frame.includes('urn:xmpp:inbox:1')) {
      const entry = (jid, unread, type, from, body, minutes) =>
        say(
          `<message xmlns='jabber:client'><entry xmlns='urn:xmpp:inbox:1' jid='${jid}' unread='${unread}' id='x'/><result xmlns='urn:xmpp:mam:2' id='i-${jid}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${ago(minutes)}'/><message xmlns='jabber:client' type='${type}' from='${from}' to='${ME}' id='q'><body>${body}</body></message></forwarded></result></message>`,
        );
      entry(
        `lindenau@${ROOMS}`,
        2,
        'groupchat',
        `lindenau@${ROOMS}/Jana Lehmann`,
        'Ich reserviere den Raum.',
        41,
      );
      entry(
        `waldmark@${ROOMS}`,
        1,
        'groupchat',
        `waldmark@${ROOMS}/Murat Kaya`,
        'Kreisparteitag am 12. Dezember: Tagesordnung liegt vor',
        300,
      );
      entry(
        `vorstand-lindenau@${ROOMS}`,
        0,
        'groupchat',
        `vorstand-lindenau@${ROOMS}/Helga Brandt`,
        'Protokoll ist fertig',
        1600,
      );
      entry(
        address('Ahmet Yıldız'),
        0,
        'chat',
        address('Ahmet Yıldız'),
        'Haben Sie den Schlüssel zum Saal?',
        4000,
      );
      result(`<fin xmlns='urn:xmpp:inbox:1'/>`);
    } else if (frame.includes('urn:xmpp:mam:2')) {
      const before = /<before>a(\d+)<\/before>/.exec(frame)?.[1];
      const end = before ? Number(before) : talk.length;
      const has = to?.startsWith('lindenau@') ?? false;
      const start = Math.max(0, end - 25);
      if (has) for (let i = start; i < end; i++) say(archived(to, i, id));
      result(`<fin xmlns='urn:xmpp:mam:2' complete='${!has || start === 0}'/>`);
    } else if (frame.startsWith('<iq')) {
      result('');
    }
  });
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
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

async function open(name, options, signedIn = true) {
  const context = await browser.newContext({
    locale: 'de-DE',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  const page = await context.newPage();
  page.on('console', (message) => console.log(name, message.type(), message.text()));
  page.on('pageerror', (error) => console.log(name, error.message, error.stack));
  await page.routeWebSocket('**/xmpp-websocket', serve);
  await page.route('**/api/**', (route) => {
    const json = (status, body, type = 'application/json') =>
      route.fulfill({ status, contentType: type, body: JSON.stringify(body) });
    const path = new URL(route.request().url()).pathname;
    if (path === '/api/session')
      return signedIn
        ? json(200, session)
        : json(401, { code: 'accounts.signed-out' }, 'application/problem+json');
    if (path === '/api/sign-in') {
      const body = route.request().postDataJSON();
      return body.birth_year
        ? json(403, { code: 'accounts.wrong-code' }, 'application/problem+json')
        : json(422, { code: 'accounts.birth-year-needed' }, 'application/problem+json');
    }
    if (path === '/api/devices')
      return json(200, [
        { id: '1', name: 'Firefox auf Windows', last_seen_at: ago(5), current: true },
        { id: '2', name: 'Chrome auf Android', last_seen_at: ago(5000), current: false },
      ]);
    if (path === '/api/app-passwords')
      return route.request().method() === 'POST'
        ? json(200, {
            id: '3',
            name: 'Handy',
            password: 'wald-birke-42-moos',
            jid: ME,
            host: 'verband.example',
            xmpp_port: 5222,
            xmpps_port: 5223,
          })
        : json(200, [{ id: '1', name: 'Laptop', created_at: ago(50000) }]);
    if (path === '/api/import/plan')
      return json(200, {
        plan: 'p',
        summary: {
          joins: 12,
          exits: 140,
          transfers: 3,
          changes: 25,
          units: 0,
          offices: 2,
          unchanged: 1818,
          conflicts: 1,
        },
        leaving_permille: 70,
        braked: true,
        entries: [
          {
            kind: 'join',
            member_number: '100234',
            name: 'Anna Meier',
            detail: 'Ortsverband Lindenau',
          },
          {
            kind: 'transfer',
            member_number: '100100',
            name: 'Cem Kurt',
            detail: 'Lindenau → Hohenfeld',
          },
        ],
        conflicts: [
          {
            file: 'mitglieder.csv',
            line: 17,
            code: 'unknown-unit',
            detail: 'Gliederung 03-99 ist nicht bekannt',
          },
        ],
      });
    return json(404, {});
  });
  const shot = async (what) => {
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(out, `${name}-${what}.png`) });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const violation of violations) {
      const nodes = violation.nodes.map((node) => node.html + node.failureSummary).join(' | ');
      console.log(name, what, violation.id, nodes);
    }
  };
  return { page, shot, context };
}

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};
const only = process.argv[2];

for (const [name, options] of [
  ['desktop-light', { ...desktop, colorScheme: 'light' }],
  ['desktop-dark', { ...desktop, colorScheme: 'dark' }],
  ['phone-light', { ...phone, colorScheme: 'light' }],
  ['phone-dark', { ...phone, colorScheme: 'dark' }],
  ['narrow-light', { viewport: { width: 320, height: 640 }, colorScheme: 'light' }],
]) {
  if (only && !name.startsWith(only)) continue;
  {
    const { page, shot, context } = await open(name, options, false);
    await page.goto(origin + '/');
    await shot('1-sign-in');
    await page.goto(origin + '/anmelden#K7QF-2M9X-4TBC');
    await page.getByLabel('Ihr Geburtsjahr').fill('1951');
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await shot('2-year');
    await context.close();
  }
  const { page, shot, context } = await open(name, options);
  await page.goto(origin + '/');
  await page
    .getByRole('link', { name: /Lindenau/ })
    .first()
    .waitFor();
  await shot('3-list');
  await page.getByRole('link', { name: /Ortsverband Lindenau/ }).click();
  await shot('4-conversation');
  await page.getByRole('textbox').fill('Das verweigert der Server');
  await page.getByRole('button', { name: 'Senden', exact: true }).click();
  await page.getByRole('textbox').fill('Diese Nachricht kommt an.\nMit zweiter Zeile.');
  await page.getByRole('button', { name: 'Senden', exact: true }).click();
  await page.getByRole('textbox').fill('Unterwegs');
  await page.getByRole('button', { name: 'Senden', exact: true }).click();
  await shot('5-states');
  await context.setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await shot('6-offline');
  await context.setOffline(false);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) console.log(name, 'scrolls sideways');
  for (const [what, path] of [
    ['7-announcements', '/gruppe/waldmark'],
    ['8-people', '/neu'],
    ['9-settings', '/einstellungen'],
    ['a-import', '/verwaltung/mitglieder'],
    ['b-unknown', '/gruppe/gibtsnicht'],
  ]) {
    await page.goto(origin + path);
    await shot(what);
    if (what === 'a-import') {
      await page
        .getByLabel('Mitglieder (CSV)')
        .setInputFiles({ name: 'm.csv', mimeType: 'text/csv', buffer: Buffer.from('x') });
      await page.getByRole('button', { name: 'Änderungen ansehen' }).click();
      await page.getByText('Einzelne Änderungen').click();
      await shot('a-plan');
    }
  }
  await context.close();
}
await browser.close();
server.close();
