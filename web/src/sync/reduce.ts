// What is true after something happened, given what was true before. Pure: no stanza, no storage, no clock.

import { add, firstUnread, settle } from './messages';
import type { Change, Conversation, InboxEntry, Message, State } from './types';

export function blank(jid: string, kind: 'room' | 'person', name: string): Conversation {
  return {
    jid,
    kind,
    name,
    place: kind === 'person' ? 'in' : 'outside',
    mayWrite: kind === 'person',
    unread: 0,
    last: undefined,
    messages: [],
    history: 'unknown',
    newFrom: undefined,
    lineOwed: 0,
  };
}

export function reduce(state: State, change: Change): State {
  switch (change.kind) {
    case 'link':
      return { ...state, link: change.link };
    case 'rooms':
      return withRooms(state, change.rooms);
    case 'room':
      return put(state, {
        ...(state.conversations.get(change.jid) ?? blank(change.jid, 'room', change.name)),
        ...(change.name ? { name: change.name } : {}),
      });
    case 'room-gone':
      return withoutRoom(state, change.jid);
    case 'named':
      return edit(state, change.jid, (c) => ({ ...c, name: change.name }));
    case 'contacts':
      return withContacts(state, change.contacts);
    case 'inbox':
      return withInbox(state, change.entries);
    case 'place':
      return edit(state, change.jid, (c) => ({
        ...c,
        place: change.place,
        mayWrite: change.mayWrite,
      }));
    case 'received':
      return received(state, change.jid, change.message, change.name);
    case 'history':
      return edit(state, change.jid, (c) => ({ ...c, history: change.history }));
    case 'page':
      return edit(state, change.jid, (c) => withPage(c, change));
    case 'line-given-up':
      return edit(state, change.jid, (c) => ({
        ...c,
        lineOwed: 0,
        newFrom: c.history === 'complete' ? c.messages.find((m) => !m.mine)?.key : undefined,
      }));
    case 'reset':
      return edit(state, change.jid, (c) => ({
        ...c,
        history: 'unknown',
        messages: c.messages.filter((m) => m.state !== 'sent'),
      }));
    case 'queued':
      return queued(state, change);
    case 'acked':
      return acked(state, new Set(change.keys));
    case 'refused':
      return edit(state, change.jid, (c) =>
        withMessages(
          c,
          c.messages.map((m) =>
            m.mine && m.id === change.id ? { ...m, state: 'refused', reason: change.reason } : m,
          ),
        ),
      );
    case 'withdrawn':
      return edit(state, change.jid, (c) =>
        withMessages(
          c,
          c.messages.filter((m) => m.key !== change.key),
        ),
      );
    case 'opened':
      return opened(state, change.jid, change.person);
    case 'attending':
      return attend({ ...state, attending: change.attending });
    case 'pictured':
      return { ...state, pictured: state.pictured + 1 };
    case 'picture':
      return { ...state, pictures: withPicture(state.pictures, change.jid, change.url) };
    case 'displayed':
      return edit(state, change.jid, (c) => displayed(c, change.id));
  }
}

function withPicture(
  pictures: State['pictures'],
  jid: string,
  url: string | undefined,
): State['pictures'] {
  const all = new Map(pictures);
  if (url) all.set(jid, url);
  else all.delete(jid);
  return all;
}

function put(state: State, conversation: Conversation): State {
  const conversations = new Map(state.conversations);
  conversations.set(conversation.jid, conversation);
  return { ...state, conversations };
}

function edit(state: State, jid: string, how: (c: Conversation) => Conversation): State {
  const conversation = state.conversations.get(jid);
  return conversation ? put(state, how(conversation)) : state;
}

function withMessages(conversation: Conversation, messages: readonly Message[]): Conversation {
  const settled = settle(messages);
  const last = settled[settled.length - 1] ?? conversation.last;
  return line({ ...conversation, messages: settled, last });
}

/** Finds the place of the "new messages" line as soon as enough messages are loaded. */
function line(conversation: Conversation): Conversation {
  if (conversation.lineOwed === 0) return conversation;
  const key = firstUnread(conversation.messages, conversation.lineOwed);
  return key === undefined ? conversation : { ...conversation, newFrom: key, lineOwed: 0 };
}

function withRooms(state: State, rooms: readonly { jid: string; name: string }[]): State {
  const conversations = new Map<string, Conversation>();
  for (const room of rooms) {
    const known = state.conversations.get(room.jid) ?? blank(room.jid, 'room', room.name);
    conversations.set(room.jid, room.name ? { ...known, name: room.name } : known);
  }
  for (const [jid, conversation] of state.conversations) {
    if (conversation.kind === 'person') conversations.set(jid, conversation);
  }
  return { ...state, conversations };
}

function withoutRoom(state: State, jid: string): State {
  if (state.active === jid) {
    return edit(state, jid, (c) => ({ ...c, place: 'removed', mayWrite: false }));
  }
  const conversations = new Map(state.conversations);
  conversations.delete(jid);
  return { ...state, conversations };
}

function withContacts(state: State, contacts: State['contacts']): State {
  const names = new Map(contacts.map((contact) => [contact.jid, contact.name]));
  const conversations = new Map(state.conversations);
  for (const [jid, conversation] of conversations) {
    const name = names.get(jid);
    if (name && conversation.kind === 'person') conversations.set(jid, { ...conversation, name });
  }
  return { ...state, contacts, conversations };
}

function withInbox(state: State, entries: readonly InboxEntry[]): State {
  const conversations = new Map(state.conversations);
  for (const { jid, name } of entries) {
    if (name !== undefined && !conversations.has(jid)) {
      conversations.set(jid, blank(jid, 'person', name));
    }
  }
  const told = new Map(entries.map((entry) => [entry.jid, entry]));
  for (const [jid, conversation] of conversations) {
    const entry = told.get(jid);
    const looking = state.active === jid && state.attending;
    const waiting = conversation.messages.filter((m) => m.state !== 'sent');
    const unread = entry?.unread ?? 0;
    const owesLine = state.active === jid && conversation.newFrom === undefined;
    conversations.set(jid, {
      ...conversation,
      lineOwed: owesLine ? unread : conversation.lineOwed,
      unread: looking ? 0 : unread,
      last: waiting[waiting.length - 1] ?? entry?.newest ?? conversation.last,
    });
  }
  return { ...state, conversations, listed: true };
}

function received(state: State, jid: string, message: Message, name: string): State {
  const before = state.conversations.get(jid) ?? blank(jid, 'person', name);
  const messages = add(before.messages, [message], 'newer');
  const known =
    message.archiveId !== undefined &&
    before.messages.some((m) => m.archiveId === message.archiveId);
  if (known) return state;
  const isActive = state.active === jid;
  const counts = !message.mine && !(isActive && state.attending);
  // Somebody writes while the conversation is open but not looked at: the line moves here, once.
  const newFrom = counts && isActive && before.unread === 0 ? message.key : before.newFrom;
  return put(
    state,
    line({
      ...before,
      // A history that was never loaded stays unloaded: the page that comes will hold this message, too.
      messages,
      newFrom,
      unread: before.unread + (counts ? 1 : 0),
      last: messages[messages.length - 1],
    }),
  );
}

function withPage(
  conversation: Conversation,
  page: Extract<Change, { kind: 'page' }>,
): Conversation {
  const messages = add(conversation.messages, page.messages, page.where);
  const history =
    page.where === 'newer' ? conversation.history : page.complete ? 'complete' : 'more';
  return withMessages({ ...conversation, history }, messages);
}

function queued(state: State, change: Extract<Change, { kind: 'queued' }>): State {
  const { jid, of, name, message } = change;
  const conversation = state.conversations.get(jid) ?? blank(jid, of, name);
  return put(state, withMessages(conversation, [...conversation.messages, message]));
}

function acked(state: State, keys: ReadonlySet<string>): State {
  let next = state;
  for (const conversation of state.conversations.values()) {
    // A room's message is durable when the room sends it back, not when the server has read it.
    if (conversation.kind === 'room') continue;
    if (!conversation.messages.some((m) => m.state === 'waiting' && keys.has(m.key))) continue;
    next = put(
      next,
      withMessages(
        conversation,
        conversation.messages.map((m) =>
          m.state === 'waiting' && keys.has(m.key) ? { ...m, state: 'sent' } : m,
        ),
      ),
    );
  }
  return next;
}

function opened(state: State, jid: string | undefined, person: string | undefined): State {
  const left = state.active;
  if (left === jid) return state;
  let next: State = { ...state, active: jid, attending: false };
  if (left !== undefined) {
    const conversation = next.conversations.get(left);
    if (conversation?.place === 'removed') next = withoutRoom(next, left);
    else next = edit(next, left, (c) => ({ ...c, newFrom: undefined, lineOwed: 0 }));
  }
  if (jid === undefined) return next;
  if (!next.conversations.has(jid) && person !== undefined) {
    return put(next, blank(jid, 'person', person));
  }
  return edit(next, jid, (c) => line({ ...c, newFrom: undefined, lineOwed: c.unread }));
}

function attend(state: State): State {
  if (!state.attending || state.active === undefined) return state;
  return edit(state, state.active, (c) => (c.unread === 0 ? c : { ...c, unread: 0 }));
}

/** Another device has seen everything up to `id`. */
function displayed(conversation: Conversation, id: string): Conversation {
  const at = conversation.messages.findIndex((m) => m.archiveId === id);
  if (at >= 0) {
    const unread = conversation.messages.slice(at + 1).filter((m) => !m.mine).length;
    return { ...conversation, unread: Math.min(conversation.unread, unread) };
  }
  return conversation.last?.archiveId === id ? { ...conversation, unread: 0 } : conversation;
}

/** Newest first; conversations without any message come last, by name. */
export function inOrder(conversations: ReadonlyMap<string, Conversation>): Conversation[] {
  return [...conversations.values()].sort(
    (a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0) || a.name.localeCompare(b.name, 'de'),
  );
}
