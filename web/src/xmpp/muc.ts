// Rooms (XEP-0045), as an occupant sees them: entering, being told of one's own place, being put out.
// Left out: everything a room's owner does; our rooms are governed by the directory.

import { CLIENT, MUC, MUC_USER } from './ns';
import { bare, resource } from './jid';
import { presence, refusalOf } from './stanza';
import { child, children, x, type Xml } from './xml';

export type RoomNews =
  | {
      readonly kind: 'entered';
      readonly room: string;
      readonly nick: string;
      readonly mayWrite: boolean;
    }
  | { readonly kind: 'left'; readonly room: string; readonly removed: boolean }
  | { readonly kind: 'refused'; readonly room: string; readonly condition: string };

export function enter(room: string, nick: string): Xml {
  return presence(
    { to: `${room}/${nick}` },
    // XEP-0045 §7.2.13: no history with the join; the archive has it.
    x('x', { xmlns: MUC }, x('history', { maxstanzas: 0 })),
  );
}

/** What a presence tells about my own place in a room; undefined for the presence of others. */
export function ownPlace(stanza: Element): RoomNews | undefined {
  const from = stanza.getAttribute('from') ?? '';
  const room = bare(from);
  const type = stanza.getAttribute('type');
  if (type === 'error') {
    if (!child(stanza, 'x', MUC) && !child(stanza, 'error', CLIENT)) return undefined;
    return { kind: 'refused', room, condition: refusalOf(stanza).condition };
  }
  const told = child(stanza, 'x', MUC_USER);
  if (!told) return undefined;
  const codes = children(told, 'status', MUC_USER).map((status) => status.getAttribute('code'));
  if (!codes.includes('110')) return undefined; // XEP-0045 §7.2.2: self-presence
  if (type === 'unavailable') {
    // 321 no longer a member, 322 room is for members now, 307 kicked, 301 banned (XEP-0045 §15.6.2)
    const removed = codes.some((code) => ['321', '322', '301', '307'].includes(code ?? ''));
    return { kind: 'left', room, removed };
  }
  const role = child(told, 'item', MUC_USER)?.getAttribute('role') ?? 'participant';
  return {
    kind: 'entered',
    room,
    nick: resource(from),
    mayWrite: role === 'participant' || role === 'moderator',
  };
}

/** The room that says that its terms are others now (XEP-0045 §10.2.1, status 104). */
export function changedRoom(message: Element): string | undefined {
  const told = children(child(message, 'x', MUC_USER), 'status', MUC_USER);
  const says = told.some((status) => status.getAttribute('code') === '104');
  return says ? bare(message.getAttribute('from') ?? '') : undefined;
}
