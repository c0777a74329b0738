// Bookmarks (XEP-0402): which rooms are mine. The server derives them from the directory; we only read.

import { BOOKMARKS } from './ns';
import type { Item } from './pubsub';
import { is } from './xml';

export interface Bookmark {
  readonly jid: string;
  readonly name: string;
  readonly autojoin: boolean;
}

export function bookmark(item: Item): Bookmark | undefined {
  if (!item.payload || !is(item.payload, 'conference', BOOKMARKS) || !item.id) return undefined;
  const autojoin = item.payload.getAttribute('autojoin');
  return {
    jid: item.id,
    name: item.payload.getAttribute('name') ?? '',
    autojoin: autojoin === 'true' || autojoin === '1',
  };
}
