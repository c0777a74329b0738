// Messages between people and in rooms: building one, and reading what is said in one. Origin and stanza
// ids per XEP-0359, delay per XEP-0203, forwarding per XEP-0297, carbons per XEP-0280. Left out in this
// version: corrections, reactions, replies; a message without a body says nothing to us.

import { moment } from '../core/json';
import { bare, resource } from './jid';
import { CARBONS, CLIENT, DELAY, FORWARD, MUC_USER, NICK, SID } from './ns';
import { shared, sharing, type SharedFile } from './files';
import { message } from './stanza';
import { child, children, textOf, x, type Xml } from './xml';

export interface Said {
  readonly type: 'chat' | 'groupchat';
  readonly from: string;
  readonly to: string;
  /** The id the sender gave; its own reflection is recognised by it. */
  readonly id: string;
  readonly body: string;
  readonly files: readonly SharedFile[];
  /** Ids that archives gave, by archive address. */
  readonly archived: ReadonlyMap<string, string>;
  readonly at: number | undefined;
  /** In a room: nickname and, where the room shows it, the real address. */
  readonly nick: string;
  readonly realJid: string | undefined;
}

export function chat(
  to: string,
  type: 'chat' | 'groupchat',
  id: string,
  body: string,
  file?: SharedFile,
): Xml {
  return message(
    { to, type, id },
    x('body', {}, body),
    ...(file ? sharing(file) : []),
    x('origin-id', { xmlns: SID, id }), // XEP-0359 §2.2
  );
}

/** What a message says, or undefined when it has no body or is no conversation. */
export function said(stanza: Element, delayed?: Element): Said | undefined {
  const type = stanza.getAttribute('type') ?? 'normal';
  const body = child(stanza, 'body', CLIENT);
  if (!body || type === 'error' || type === 'headline') return undefined;
  const from = stanza.getAttribute('from') ?? '';
  const archived = new Map<string, string>();
  for (const stamp of children(stanza, 'stanza-id', SID)) {
    const by = stamp.getAttribute('by');
    const id = stamp.getAttribute('id');
    if (by && id) archived.set(bare(by), id);
  }
  const own = child(stanza, 'origin-id', SID)?.getAttribute('id');
  const delay = delayed ?? child(stanza, 'delay', DELAY);
  const isRoom = type === 'groupchat';
  const item = child(child(stanza, 'x', MUC_USER), 'item', MUC_USER);
  return {
    type: isRoom ? 'groupchat' : 'chat',
    from,
    to: stanza.getAttribute('to') ?? '',
    id: own ?? stanza.getAttribute('id') ?? '',
    body: textOf(body),
    files: shared(stanza, textOf(body)),
    archived,
    at: moment(delay?.getAttribute('stamp')),
    nick: isRoom ? resource(from) : textOf(child(stanza, 'nick', NICK)),
    realJid: item?.getAttribute('jid') ?? undefined,
  };
}

/** The message inside a `<forwarded/>`, with the time it carries. */
export function forwarded(parent: Element | undefined): Said | undefined {
  const wrapper = child(parent, 'forwarded', FORWARD);
  const stanza = child(wrapper, 'message', CLIENT);
  return stanza ? said(stanza, child(wrapper, 'delay', DELAY)) : undefined;
}

/** A copy of what another device of mine sent or received; only my own account may send those (XEP-0280 §11). */
export function carbon(stanza: Element, me: string): Said | undefined {
  const from = stanza.getAttribute('from');
  if (from !== null && from !== '' && from !== me) return undefined;
  return forwarded(child(stanza, 'received', CARBONS) ?? child(stanza, 'sent', CARBONS));
}
