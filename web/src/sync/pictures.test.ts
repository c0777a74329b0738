import { expect, test } from 'vitest';
import { hashOf } from '../xmpp/avatars';
import { ME, ROOM, Script, settled } from './scripted';

const BERT = 'bert@example.org';
const DATA = btoa('a picture');
const bytes = (data: string) => Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));

function answerWith(data: string): string {
  return `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'><item id='x'><data xmlns='urn:xmpp:avatar:data'>${data}</data></item></items></pubsub>`;
}

function news(jid: string, info: string): string {
  return `<message xmlns='jabber:client' type='headline' from='${jid}'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:avatar:metadata'><item id='i'><metadata xmlns='urn:xmpp:avatar:metadata'>${info}</metadata></item></items></event></message>`;
}

async function look(script: Script, jid: string): Promise<string | undefined> {
  await script.talk.lookAt(jid);
  await settled();
  return script.state.pictures.get(jid);
}

const asked = (script: Script, node: string) =>
  script.sent('iq').filter((iq) => iq.querySelector('items')?.getAttribute('node') === node).length;

test('a picture is fetched when somebody looks, once, and goes with its news', async () => {
  const script = new Script();
  await script.start();
  script.pictures.set(BERT, answerWith(DATA));
  const hash = await hashOf(bytes(DATA));
  expect(await look(script, BERT)).toBeUndefined();
  await script.say(news(BERT, `<info id='${hash}' type='image/jpeg' bytes='9'/>`));
  expect(asked(script, 'urn:xmpp:avatar:data')).toBe(0);
  expect(await look(script, BERT)).toBe(`data:image/jpeg;base64,${DATA}`);
  await look(script, BERT);
  expect(asked(script, 'urn:xmpp:avatar:data')).toBe(1);
  await script.say(news(BERT, ''));
  expect(script.state.pictures.has(BERT)).toBe(false);
});

test('a picture that is not the one its owner named is not shown, nor one that lies elsewhere', async () => {
  const script = new Script();
  await script.start();
  script.pictures.set(BERT, answerWith(btoa('another')));
  const hash = await hashOf(bytes(DATA));
  await script.say(news(BERT, `<info id='${hash}' type='image/png'/>`));
  expect(await look(script, BERT)).toBeUndefined();
  await script.say(news(BERT, `<info id='${hash}' url='https://elsewhere.example/x.png'/>`));
  await look(script, BERT);
  expect(asked(script, 'urn:xmpp:avatar:data')).toBe(1);
});

test('a drawing is never shown as one', async () => {
  const script = new Script();
  await script.start();
  script.pictures.set(BERT, answerWith(DATA));
  const hash = await hashOf(bytes(DATA));
  await script.say(news(BERT, `<info id='${hash}' type='image/svg+xml'/>`));
  expect(await look(script, BERT)).toBe(`data:image/png;base64,${DATA}`);
});

test('a room shows the picture on its card, and again when its terms change', async () => {
  const script = new Script();
  await script.start();
  const card = (data: string) =>
    `<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>${data}</BINVAL></PHOTO></vCard>`;
  script.cards.set(ROOM, card(DATA));
  expect(await look(script, ROOM)).toBe(`data:image/png;base64,${DATA}`);
  script.cards.set(ROOM, card(btoa('new')));
  await script.say(
    `<message xmlns='jabber:client' type='groupchat' from='${ROOM}'><x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>`,
  );
  await settled();
  expect(script.state.pictures.get(ROOM)).toBe(`data:image/png;base64,${btoa('new')}`);
});

test('my own picture: first the bytes, then what they are', async () => {
  const script = new Script();
  await script.start();
  const portrait = { bytes: bytes(DATA), kind: 'image/jpeg', side: 256 };
  expect(await script.talk.portray(portrait)).toBe(true);
  const nodes = script
    .sent('iq')
    .map((iq) => iq.querySelector('publish')?.getAttribute('node'))
    .filter((node) => node?.startsWith('urn:xmpp:avatar'));
  expect(nodes).toEqual(['urn:xmpp:avatar:data', 'urn:xmpp:avatar:metadata']);
  const hash = await hashOf(bytes(DATA));
  expect(script.sent('iq').at(-1)?.querySelector('item')?.id).toBe(hash);
  script.pictures.set(ME, answerWith(DATA));
  await script.say(news(ME, `<info id='${hash}' type='image/jpeg'/>`));
  expect(await look(script, ME)).toBe(`data:image/jpeg;base64,${DATA}`);
});
