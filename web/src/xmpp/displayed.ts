// Read position shared by my devices (XEP-0490): for each conversation the id of the last message seen.

import { DISPLAYED, FORMS, PUBSUB_OPTIONS, SID } from './ns';
import { publish, type Item } from './pubsub';
import { child, is, x, type Xml } from './xml';

export interface Seen {
  readonly jid: string;
  readonly id: string;
}

export function publishSeen(iqId: string, conversation: string, id: string, by: string): Xml {
  const field = (name: string, value: string) => x('field', { var: name }, x('value', {}, value));
  // XEP-0490 §3.1: these options, so that the node is private and keeps every conversation.
  const options = x(
    'publish-options',
    {},
    x(
      'x',
      { xmlns: FORMS, type: 'submit' },
      x('field', { var: 'FORM_TYPE', type: 'hidden' }, x('value', {}, PUBSUB_OPTIONS)),
      field('pubsub#persist_items', 'true'),
      field('pubsub#max_items', 'max'),
      field('pubsub#send_last_published_item', 'never'),
      field('pubsub#access_model', 'whitelist'),
    ),
  );
  const payload = x('displayed', { xmlns: DISPLAYED }, x('stanza-id', { xmlns: SID, id, by }));
  return publish(iqId, DISPLAYED, conversation, payload, options);
}

export function seen(item: Item): Seen | undefined {
  if (!item.payload || !is(item.payload, 'displayed', DISPLAYED)) return undefined;
  const id = child(item.payload, 'stanza-id', SID)?.getAttribute('id');
  return id && item.id ? { jid: item.id, id } : undefined;
}

export const NODE = DISPLAYED;
