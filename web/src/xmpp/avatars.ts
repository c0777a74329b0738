// Pictures of people (XEP-0084) and of rooms (XEP-0486): hearing of them, asking for them, publishing one's own.
// Left out: pictures that lie elsewhere (`url`), because fetching them would tell strangers who looks at whom.

import { base64 } from './fast';
import { AVATAR_DATA, AVATAR_METADATA, PUBSUB, PUBSUB_EVENT, VCARD } from './ns';
import { bare } from './jid';
import { publish } from './pubsub';
import { iq } from './stanza';
import { child, children, path, textOf, x, type Xml } from './xml';

const KINDS = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export interface Named {
  readonly jid: string;
  /** SHA-1 of the picture; undefined: there is none any more. */
  readonly hash: string | undefined;
  readonly kind: string;
}

/** What a message tells about somebody's picture. The server lets only its owner speak from that address. */
export function told(message: Element, me: string): Named | undefined {
  const items = path(message, ['event', PUBSUB_EVENT], ['items', PUBSUB_EVENT]);
  if (items?.getAttribute('node') !== AVATAR_METADATA) return undefined;
  const jid = bare(message.getAttribute('from') ?? me);
  const metadata = path(items, ['item', PUBSUB_EVENT], ['metadata', AVATAR_METADATA]);
  const info = children(metadata, 'info', AVATAR_METADATA).find((one) => !one.hasAttribute('url'));
  const id = info?.getAttribute('id') ?? '';
  const hash = /^[0-9a-f]{40}$/i.test(id) ? id : undefined;
  return { jid, hash, kind: kindOf(info?.getAttribute('type')) };
}

/** A drawing (SVG) is never shown as one. */
function kindOf(said: string | null | undefined): string {
  return KINDS.find((kind) => kind === said) ?? 'image/png';
}

export function askData(id: string, jid: string, hash: string): Xml {
  const items = x('items', { node: AVATAR_DATA }, x('item', { id: hash }));
  return iq({ type: 'get', id, to: jid }, x('pubsub', { xmlns: PUBSUB }, items));
}

/** The picture in an answer, in Base64. */
export function dataOf(answer: Element): string | undefined {
  const item = path(answer, ['pubsub', PUBSUB], ['items', PUBSUB], ['item', PUBSUB]);
  const data = child(item, 'data', AVATAR_DATA)?.textContent.replace(/\s+/g, '');
  return data === '' ? undefined : data;
}

export function askCard(id: string, room: string): Xml {
  return iq({ type: 'get', id, to: room }, x('vCard', { xmlns: VCARD }));
}

/** XEP-0486 §3.2: the picture of a room from now on, or none. */
export function setCard(id: string, room: string, portrait: Portrait | undefined): Xml {
  const photo =
    portrait &&
    x('PHOTO', {}, x('TYPE', {}, portrait.kind), x('BINVAL', {}, base64(portrait.bytes)));
  return iq({ type: 'set', id, to: room }, x('vCard', { xmlns: VCARD }, photo));
}

/** The picture on a card, ready to be shown. */
export function photoOf(answer: Element): string | undefined {
  const photo = path(answer, ['vCard', VCARD], ['PHOTO', VCARD]);
  const data = textOf(child(photo, 'BINVAL', VCARD)).replace(/\s+/g, '');
  if (data === '') return undefined;
  return address(kindOf(textOf(child(photo, 'TYPE', VCARD)).trim()), data);
}

export function address(kind: string, data: string): string {
  return /^[A-Za-z0-9+/=]*$/.test(data) ? `data:${kind};base64,${data}` : '';
}

export interface Portrait {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly kind: string;
  /** Pixels along each side. */
  readonly side: number;
}

/** XEP-0084 §3: first the bytes, then what they are. */
export function publishing(portrait: Portrait, hash: string): ((id: string) => Xml)[] {
  const data = x('data', { xmlns: AVATAR_DATA }, base64(portrait.bytes));
  const { bytes, kind, side } = portrait;
  const info = x('info', { id: hash, bytes: bytes.length, type: kind, width: side, height: side });
  return [
    (id) => publish(id, AVATAR_DATA, hash, data),
    (id) => publish(id, AVATAR_METADATA, hash, x('metadata', { xmlns: AVATAR_METADATA }, info)),
  ];
}

/** XEP-0084 §3.5: no picture any more. */
export function withdrawing(): (id: string) => Xml {
  return (id) => publish(id, AVATAR_METADATA, 'none', x('metadata', { xmlns: AVATAR_METADATA }));
}

export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
