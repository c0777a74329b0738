// The inbox (XEP-0430): one question brings, for every conversation, the newest message and the number of
// unread ones. It replaces one archive query for each conversation at start.

import { row, type Archived } from './mam';
import { INBOX, MAM } from './ns';
import { iq } from './stanza';
import { child, x, type Xml } from './xml';

export interface Entry {
  readonly jid: string;
  readonly unread: number;
  readonly newest: Archived | undefined;
}

export function ask(id: string): Xml {
  return iq({ type: 'set', id }, x('inbox', { xmlns: INBOX, messages: 'true' }));
}

export function entry(message: Element): Entry | undefined {
  const element = child(message, 'entry', INBOX);
  const jid = element?.getAttribute('jid');
  if (!element || !jid) return undefined;
  const unread = Number(element.getAttribute('unread') ?? '0');
  const newest = row(child(message, 'result', MAM) ?? child(element, 'result', MAM));
  return { jid, unread: Number.isSafeInteger(unread) && unread > 0 ? unread : 0, newest };
}
