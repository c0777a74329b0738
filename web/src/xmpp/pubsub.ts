// Personal nodes (XEP-0060, XEP-0163): reading my own items and being told of changes.

import { PUBSUB, PUBSUB_EVENT } from './ns';
import { iq } from './stanza';
import { child, children, path, x, type Xml } from './xml';

export interface Item {
  readonly id: string;
  /** Absent when the item was taken away. */
  readonly payload: Element | undefined;
}

export function items(id: string, node: string): Xml {
  return iq({ type: 'get', id }, x('pubsub', { xmlns: PUBSUB }, x('items', { node })));
}

export function publish(
  id: string,
  node: string,
  itemId: string,
  payload: Xml,
  options?: Xml,
): Xml {
  return iq(
    { type: 'set', id },
    x(
      'pubsub',
      { xmlns: PUBSUB },
      x('publish', { node }, x('item', { id: itemId }, payload)),
      options,
    ),
  );
}

function item(element: Element): Item {
  return { id: element.getAttribute('id') ?? '', payload: element.firstElementChild ?? undefined };
}

export function answeredItems(answer: Element): Item[] {
  return children(path(answer, ['pubsub', PUBSUB], ['items', PUBSUB]), 'item', PUBSUB).map(item);
}

/** A change in one of my own nodes. XEP-0163 §8: what others publish is not mine. */
export function ownEvent(
  message: Element,
  me: string,
):
  { readonly node: string; readonly items: readonly Item[]; readonly purged: boolean } | undefined {
  const from = message.getAttribute('from');
  if (from !== null && from !== '' && from !== me) return undefined;
  const event = child(message, 'event', PUBSUB_EVENT);
  const list = child(event, 'items', PUBSUB_EVENT);
  if (list) {
    const told = children(list, 'item', PUBSUB_EVENT).map(item);
    const taken = children(list, 'retract', PUBSUB_EVENT).map((element) => ({
      id: element.getAttribute('id') ?? '',
      payload: undefined,
    }));
    return { node: list.getAttribute('node') ?? '', items: [...told, ...taken], purged: false };
  }
  const emptied = child(event, 'purge', PUBSUB_EVENT) ?? child(event, 'delete', PUBSUB_EVENT);
  return emptied
    ? { node: emptied.getAttribute('node') ?? '', items: [], purged: true }
    : undefined;
}
