// Blocking (XEP-0191), and telling the organisation why (XEP-0377).

import { BLOCKING, REPORTING, SID } from './ns';
import { iq } from './stanza';
import { child, children, x, type Xml } from './xml';

export const REASONS = ['abuse', 'spam'] as const;

export interface Report {
  readonly reason: (typeof REASONS)[number];
  readonly words: string;
  /** Messages by their archive ids. */
  readonly messages: readonly { readonly id: string; readonly by: string }[];
}

export function askBlocked(id: string): Xml {
  return iq({ type: 'get', id }, x('blocklist', { xmlns: BLOCKING }));
}

export function blocked(answer: Element): string[] {
  const list = child(answer, 'blocklist', BLOCKING);
  return children(list, 'item', BLOCKING).flatMap((item) => item.getAttribute('jid') ?? []);
}

export function block(id: string, jid: string, report?: Report): Xml {
  const told =
    report &&
    x(
      'report',
      { xmlns: REPORTING, reason: `urn:xmpp:reporting:${report.reason}` },
      ...report.messages.map((one) => x('stanza-id', { xmlns: SID, by: one.by, id: one.id })),
      report.words === '' ? undefined : x('text', {}, report.words),
    );
  return iq({ type: 'set', id }, x('block', { xmlns: BLOCKING }, x('item', { jid }, told)));
}

export function unblock(id: string, jid: string): Xml {
  return iq({ type: 'set', id }, x('unblock', { xmlns: BLOCKING }, x('item', { jid })));
}
