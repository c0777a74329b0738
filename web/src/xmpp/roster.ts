// Contacts (RFC 6121 §2). The server derives them from the directory; we only read.

import { ROSTER } from './ns';
import { iq } from './stanza';
import { child, children, textOf, x, type Xml } from './xml';

export interface Contact {
  readonly jid: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly removed: boolean;
}

export function ask(id: string): Xml {
  return iq({ type: 'get', id }, x('query', { xmlns: ROSTER }));
}

/** Contacts of an answer or of a push (RFC 6121 §2.1.6). */
export function contacts(stanza: Element): Contact[] {
  return children(child(stanza, 'query', ROSTER), 'item', ROSTER).flatMap((item) => {
    const jid = item.getAttribute('jid');
    if (!jid) return [];
    return {
      jid,
      name: item.getAttribute('name') ?? '',
      groups: children(item, 'group', ROSTER).map(textOf),
      removed: item.getAttribute('subscription') === 'remove',
    };
  });
}
