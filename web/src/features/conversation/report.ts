// Who of a conversation can be reported, and which of his messages can be named.

import type { Conversation, Message } from '../../sync/types';
import { domain } from '../../xmpp/jid';

/** So many messages are offered to be named: the latest; the server takes no more than twenty. */
const OFFERED = 12;

export interface Suspect {
  /** A person, or a nickname in a room that does not tell who it is. */
  readonly jid: string;
  readonly name: string;
  /** The latest first; only what stands in an archive can be named. */
  readonly messages: readonly Message[];
}

export function suspects(of: Conversation): Suspect[] {
  const found = new Map<string, Suspect>();
  if (of.kind === 'person') found.set(of.jid, { jid: of.jid, name: of.name, messages: [] });
  for (const message of [...of.messages].reverse()) {
    if (message.mine || (of.kind === 'room' && message.author === '')) continue;
    const jid = message.authorJid ?? `${of.jid}/${message.author}`;
    const known = found.get(jid) ?? { jid, name: message.author, messages: [] };
    const isFull = known.messages.length >= OFFERED || message.archiveId === undefined;
    found.set(jid, isFull ? known : { ...known, messages: [...known.messages, message] });
  }
  return [...found.values()];
}

/** The archive in which the messages of a conversation stand. */
export function archiveOf(of: Conversation, me: { jid: string; rooms: string }): string {
  return domain(of.jid) === me.rooms ? of.jid : me.jid;
}
