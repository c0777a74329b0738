// The member's side of all talking: turns stanzas into changes of state and wishes into stanzas. What a new
// session asks for, in order, stands in `begin`; the life of my own message in `send` … `flush`.

import type { World } from '../core/world';
import { bookmark } from '../xmpp/bookmarks';
import { carbon, chat, said, type Said } from '../xmpp/chat';
import {
  Connection,
  type FindCredentials,
  type Socket,
  type SocketEvents,
} from '../xmpp/connection';
import * as disco from '../xmpp/disco';
import { NODE as SEEN_NODE, publishSeen, seen } from '../xmpp/displayed';
import * as inbox from '../xmpp/inbox';
import { bare, domain, readable } from '../xmpp/jid';
import { enter, ownPlace } from '../xmpp/muc';
import { BOOKMARKS, DISCO_INFO, PING, ROSTER, STANZA_ERRORS } from '../xmpp/ns';
import { answeredItems, items, ownEvent } from '../xmpp/pubsub';
import * as roster from '../xmpp/roster';
import { iq, presence, refusalOf } from '../xmpp/stanza';
import { child, x } from '../xmpp/xml';
import { Archive, PAGE_SIZE } from './archive';
import { newestArchived, oldestArchived } from './messages';
import type { Outbox, Waiting } from './outbox';
import { blank, reduce } from './reduce';
import {
  nothingYet,
  type Change,
  type Contact,
  type Conversation,
  type Message,
  type State,
} from './types';

export interface Me {
  readonly jid: string;
  readonly name: string;
  /** The service under which the rooms live. */
  readonly rooms: string;
}

export interface TalkOptions {
  readonly world: World;
  readonly me: Me;
  readonly connect: (events: SocketEvents) => Socket;
  readonly credentials: FindCredentials;
  readonly deviceId: string;
  readonly outbox: Outbox;
  readonly changed: (state: State, change: Change) => void;
  readonly signedOut: () => void;
}

const MAX_CATCH_UP_PAGES = 4; // a longer gap is not filled; the history is fetched anew from its end
const SEEN_DELAY_MS = 600; // several messages seen in a row are told once

export class Talk {
  private state: State = nothingYet;
  private readonly options: TalkOptions;
  private readonly connection: Connection;
  private readonly archive: Archive;
  private readonly nicks = new Map<string, string>();
  private readonly seenTold = new Map<string, string>();
  private inboxRows: inbox.Entry[] | undefined;
  private cancelSeen: () => void = () => undefined;
  private ver = '';
  private session = 0;
  private readonly flushing = new Set<string>();
  /** The session in which a conversation's waiting words were last gone through. */
  private readonly flushed = new Map<string, number>();

  constructor(options: TalkOptions) {
    this.options = options;
    this.connection = new Connection({
      world: options.world,
      connect: options.connect,
      credentials: options.credentials,
      deviceId: options.deviceId,
      listener: {
        link: (kind, retryAt) => {
          this.change({
            kind: 'link',
            link: kind === 'waiting' ? { kind, retryAt: retryAt ?? 0 } : { kind },
          });
        },
        ready: (_jid, resumed) => {
          if (!resumed) void this.begin();
        },
        stanza: (element) => {
          this.receive(element);
        },
        acked: (keys) => {
          this.acked(keys);
        },
        signedOut: options.signedOut,
      },
    });
    this.archive = new Archive(this.connection, options.me.jid);
  }

  async start(): Promise<void> {
    const [ver, waiting] = await Promise.all([disco.version(), this.options.outbox.all()]);
    this.ver = ver;
    for (const words of waiting) this.show(words);
    this.connection.start();
  }

  stop(): void {
    this.cancelSeen();
    this.connection.stop();
  }

  hurry(): void {
    this.connection.hurry();
  }

  lost(): void {
    this.connection.lost();
  }

  // ---- what the person does ----

  open(jid: string | undefined, name = ''): void {
    this.tellSeen();
    this.change({ kind: 'opened', jid, name: jid === undefined ? '' : name || this.nameOf(jid) });
    if (jid === undefined) return;
    const conversation = this.state.conversations.get(jid);
    if (conversation?.history === 'unknown') void this.loadOlder(jid);
  }

  /** Whether the end of the open conversation is really being looked at. */
  attend(attending: boolean): void {
    if (attending === this.state.attending) return;
    this.change({ kind: 'attending', attending });
    if (attending) this.seenSoon();
  }

  async loadOlder(jid: string): Promise<void> {
    const conversation = this.state.conversations.get(jid);
    if (
      !conversation ||
      conversation.history === 'loading' ||
      conversation.history === 'complete'
    ) {
      return;
    }
    if (!this.connection.isReady) return;
    const before =
      conversation.history === 'unknown' ? undefined : oldestArchived(conversation.messages);
    this.change({ kind: 'history', jid, history: 'loading' });
    const answer = await this.archive.fetch(
      conversation,
      before === undefined ? { newest: PAGE_SIZE } : { before, max: PAGE_SIZE },
    );
    if (!answer.ok) {
      this.change({
        kind: 'history',
        jid,
        history: answer.error.condition === 'not-connected' ? 'unknown' : 'failed',
      });
      return;
    }
    const messages = answer.value.rows.map((r) => this.message(r.said, jid, r.id));
    this.change({ kind: 'page', jid, messages, where: 'older', complete: answer.value.complete });
    this.forgetDelivered(messages);
    if (jid === this.state.active && this.state.attending) this.seenSoon();
  }

  async send(jid: string, body: string): Promise<void> {
    const conversation = this.state.conversations.get(jid);
    if (!conversation || body.trim() === '') return;
    const words: Waiting = {
      key: this.options.world.id(),
      jid,
      kind: conversation.kind,
      name: conversation.name,
      body,
      at: this.options.world.now(),
      attempted: false,
    };
    this.show(words);
    // Kept before it is sent: a reload in between must not lose it.
    await this.options.outbox.put(words);
    await this.flush(jid);
  }

  /** Sends refused words again, as a new message. */
  async retry(jid: string, key: string): Promise<void> {
    const old = this.state.conversations.get(jid)?.messages.find((m) => m.key === key);
    if (!old) return;
    await this.discard(jid, key);
    await this.send(jid, old.body);
  }

  async discard(jid: string, key: string): Promise<void> {
    this.change({ kind: 'withdrawn', jid, key });
    await this.options.outbox.remove(key);
  }

  // ---- a new session ----

  private async begin(): Promise<void> {
    const session = ++this.session;
    const current = () => session === this.session;
    this.connection.send(presence({}, disco.caps(this.ver)));
    this.inboxRows = [];
    const [rooms, people, box] = await Promise.all([
      this.connection.ask((id) => items(id, BOOKMARKS)),
      this.connection.ask((id) => roster.ask(id)),
      this.connection.ask((id) => inbox.ask(id)),
    ]);
    if (!current()) return;
    if (rooms.ok) {
      const mine = answeredItems(rooms.value).flatMap((item) => bookmark(item) ?? []);
      this.change({ kind: 'rooms', rooms: mine });
      for (const room of mine) this.enter(room.jid, room.name);
    }
    if (people.ok) this.contacts(roster.contacts(people.value), true);
    if (box.ok) this.readInbox();
    await this.catchUp(current);
    if (!current()) return;
    for (const conversation of this.state.conversations.values()) {
      if (conversation.kind === 'person') await this.flush(conversation.jid);
    }
  }

  private readInbox(): void {
    const rows = this.inboxRows ?? [];
    this.inboxRows = undefined;
    this.change({
      kind: 'inbox',
      entries: rows.map(({ jid, unread, newest }) => ({
        jid,
        name: domain(jid) === this.options.me.rooms ? undefined : this.nameOf(jid),
        unread,
        newest: newest ? this.message(newest.said, jid, newest.id) : undefined,
      })),
    });
  }

  /** After a session could not be resumed: what did I miss in the conversations already loaded? */
  private async catchUp(current: () => boolean): Promise<void> {
    for (const { jid } of [...this.state.conversations.values()]) {
      for (let page = 0; current(); page++) {
        const conversation = this.state.conversations.get(jid);
        if (!conversation || conversation.history === 'unknown') break;
        const after = newestArchived(conversation.messages);
        const answer =
          after === undefined || page === MAX_CATCH_UP_PAGES
            ? undefined
            : await this.archive.fetch(conversation, { after, max: PAGE_SIZE });
        if (!answer?.ok) {
          this.change({ kind: 'reset', jid });
          break;
        }
        const messages = answer.value.rows.map((r) => this.message(r.said, jid, r.id));
        this.change({ kind: 'page', jid, messages, where: 'newer', complete: false });
        this.forgetDelivered(messages);
        if (answer.value.complete || messages.length === 0) break;
      }
    }
    const { active } = this.state;
    if (current() && active !== undefined) await this.loadNewest(active);
  }

  private async loadNewest(jid: string): Promise<void> {
    if (this.state.conversations.get(jid)?.history === 'unknown') await this.loadOlder(jid);
  }

  private enter(room: string, name: string): void {
    this.connection.send(enter(room, this.nicks.get(room) ?? this.options.me.name));
    if (name) return;
    void this.connection
      .ask((id) => disco.askInfo(id, room))
      .then((answer) => {
        const told = answer.ok ? disco.nameOf(answer.value) : '';
        this.change({ kind: 'named', jid: room, name: told || readable(room) });
      });
  }

  // ---- what the server says ----

  private receive(stanza: Element): void {
    switch (stanza.localName) {
      case 'message':
        this.receiveMessage(stanza);
        break;
      case 'presence':
        this.receivePresence(stanza);
        break;
      case 'iq':
        this.receiveQuestion(stanza);
        break;
    }
  }

  private receiveMessage(stanza: Element): void {
    if (this.archive.gather(stanza)) return;
    const entry = inbox.entry(stanza);
    if (entry) {
      this.inboxRows?.push(entry);
      return;
    }
    const event = ownEvent(stanza, this.options.me.jid);
    if (event) {
      this.receiveEvent(event);
      return;
    }
    if (stanza.getAttribute('type') === 'error') {
      this.refused(stanza);
      return;
    }
    const words = carbon(stanza, this.options.me.jid) ?? said(stanza);
    if (words) this.hear(words);
  }

  private hear(words: Said): void {
    const { me } = this.options;
    const mine = bare(words.from) === me.jid;
    const jid = mine && words.type === 'chat' ? bare(words.to) : bare(words.from);
    const conversation = this.state.conversations.get(jid);
    const isRoom = conversation?.kind === 'room' || domain(jid) === me.rooms;
    // Words in a room that is not mine (any more), and private words inside a room, are not shown.
    if (isRoom ? words.type !== 'groupchat' || !conversation : words.type === 'groupchat') return;
    const archiveId = words.archived.get(isRoom ? jid : me.jid);
    const message = this.message(words, jid, archiveId);
    this.change({ kind: 'received', jid, message, name: words.nick || this.nameOf(jid) });
    if (message.mine) this.forgetDelivered([message]);
    if (this.state.active === jid && this.state.attending) this.seenSoon();
  }

  private receivePresence(stanza: Element): void {
    const news = ownPlace(stanza);
    if (!news || this.state.conversations.get(news.room)?.kind !== 'room') return;
    switch (news.kind) {
      case 'entered':
        this.nicks.set(news.room, news.nick);
        this.change({ kind: 'place', jid: news.room, place: 'in', mayWrite: news.mayWrite });
        void this.flush(news.room);
        break;
      case 'left':
        this.change({
          kind: 'place',
          jid: news.room,
          place: news.removed ? 'removed' : 'outside',
          mayWrite: false,
        });
        break;
      case 'refused':
        this.change({ kind: 'place', jid: news.room, place: 'refused', mayWrite: false });
        break;
    }
  }

  private receiveEvent(event: NonNullable<ReturnType<typeof ownEvent>>): void {
    if (event.node === SEEN_NODE) {
      for (const item of event.items) {
        const told = seen(item);
        if (!told) continue;
        this.seenTold.set(told.jid, told.id);
        this.change({ kind: 'displayed', ...told });
      }
    } else if (event.node === BOOKMARKS) {
      for (const item of event.items) {
        const room = bookmark(item);
        if (room) {
          this.change({ kind: 'room', jid: room.jid, name: room.name });
          if (this.state.conversations.get(room.jid)?.place !== 'in')
            this.enter(room.jid, room.name);
        } else if (!item.payload) {
          this.change({ kind: 'room-gone', jid: item.id });
        }
      }
      if (event.purged) this.change({ kind: 'rooms', rooms: [] });
    }
  }

  private receiveQuestion(stanza: Element): void {
    const id = stanza.getAttribute('id') ?? '';
    const to = stanza.getAttribute('from') ?? undefined;
    const isGet = stanza.getAttribute('type') === 'get';
    if (isGet && child(stanza, 'ping', PING)) {
      this.connection.send(iq({ type: 'result', id, to }));
    } else if (isGet && child(stanza, 'query', DISCO_INFO)) {
      this.connection.send(disco.info(stanza));
    } else if (
      !isGet &&
      child(stanza, 'query', ROSTER) &&
      (!to || bare(to) === this.options.me.jid)
    ) {
      // RFC 6121 §2.1.6: only my own account may change my contacts.
      this.contacts(roster.contacts(stanza), false);
      this.connection.send(iq({ type: 'result', id, to }));
    } else {
      // RFC 6120 §8.2.3: every question is answered.
      const condition = x('service-unavailable', { xmlns: STANZA_ERRORS });
      this.connection.send(
        iq({ type: 'error', id, to }, x('error', { type: 'cancel' }, condition)),
      );
    }
  }

  private contacts(told: readonly roster.Contact[], all: boolean): void {
    const known = new Map<string, Contact>();
    if (!all) for (const contact of this.state.contacts) known.set(contact.jid, contact);
    for (const { jid, name, groups, removed } of told) {
      if (removed) known.delete(jid);
      else known.set(jid, { jid, name: name || readable(jid), groups });
    }
    const contacts = [...known.values()].sort((a, b) => a.name.localeCompare(b.name, 'de'));
    this.change({ kind: 'contacts', contacts });
  }

  // ---- my own words ----

  private show(words: Waiting): void {
    const { jid, kind, name, key, body, at } = words;
    if (!this.state.conversations.has(jid)) {
      if (kind === 'room') this.change({ kind: 'room', jid, name });
      else
        this.state = {
          ...this.state,
          conversations: new Map(this.state.conversations).set(jid, blank(jid, kind, name)),
        };
    }
    const message: Message = {
      key,
      id: key,
      archiveId: undefined,
      author: this.options.me.name,
      mine: true,
      body,
      at,
      state: 'waiting',
      reason: undefined,
    };
    this.change({ kind: 'queued', jid, message });
  }

  /** Sends what waits for `jid`, in order. After a lost session what may have arrived is looked up first. */
  private async flush(jid: string): Promise<void> {
    const conversation = this.state.conversations.get(jid);
    if (!conversation || conversation.place !== 'in' || !this.connection.isReady) return;
    if (this.flushing.has(jid)) return;
    this.flushing.add(jid);
    const newSession = this.flushed.get(jid) !== this.session;
    this.flushed.set(jid, this.session);
    try {
      const waiting = (await this.options.outbox.all()).filter((words) => words.jid === jid);
      if (newSession && waiting.some((words) => words.attempted)) await this.lookUp(conversation);
      for (const words of waiting) {
        if (!this.isWaiting(jid, words.key)) continue;
        if (words.attempted && !newSession) continue;
        await this.options.outbox.put({ ...words, attempted: true });
        const type = conversation.kind === 'room' ? 'groupchat' : 'chat';
        if (!this.connection.send(chat(jid, type, words.key, words.body), words.key)) {
          await this.options.outbox.put(words);
          break;
        }
      }
    } finally {
      this.flushing.delete(jid);
    }
    // Words that came while we were busy.
    const { outbox } = this.options;
    const rest = (await outbox.all()).some((w) => !w.attempted && this.isWaiting(jid, w.key));
    if (rest && this.connection.isReady) await this.flush(jid);
  }

  private isWaiting(jid: string, key: string): boolean {
    const messages = this.state.conversations.get(jid)?.messages ?? [];
    return messages.some((m) => m.key === key && m.state === 'waiting');
  }

  private async lookUp(conversation: Conversation): Promise<void> {
    const answer = await this.archive.fetch(conversation, { newest: PAGE_SIZE });
    if (!answer.ok) return;
    const messages = answer.value.rows.map((r) => this.message(r.said, conversation.jid, r.id));
    const own = messages.filter((m) => m.mine);
    const waiting = new Set(
      conversation.messages.filter((m) => m.state === 'waiting').map((m) => m.id),
    );
    this.change({
      kind: 'page',
      jid: conversation.jid,
      messages: own.filter((m) => waiting.has(m.id)),
      where: 'newer',
      complete: false,
    });
    this.forgetDelivered(own);
  }

  private acked(keys: readonly string[]): void {
    this.change({ kind: 'acked', keys });
    for (const key of keys) {
      // A room's message stays in the outbox until the room has sent it back.
      const isRoom = [...this.state.conversations.values()].some(
        (c) => c.kind === 'room' && c.messages.some((m) => m.key === key && m.state !== 'sent'),
      );
      if (!isRoom) void this.options.outbox.remove(key);
    }
  }

  private forgetDelivered(messages: readonly Message[]): void {
    for (const message of messages) if (message.mine) void this.options.outbox.remove(message.id);
  }

  private refused(stanza: Element): void {
    const jid = bare(stanza.getAttribute('from') ?? '');
    const id = stanza.getAttribute('id') ?? '';
    const reason = refusalOf(stanza).condition;
    this.change({ kind: 'refused', jid, id, reason });
    void this.options.outbox.remove(id);
  }

  // ---- read position ----

  private seenSoon(): void {
    this.cancelSeen();
    this.cancelSeen = this.options.world.after(SEEN_DELAY_MS, () => {
      this.tellSeen();
    });
  }

  private tellSeen(): void {
    this.cancelSeen();
    const { active, attending, conversations } = this.state;
    const conversation = active === undefined ? undefined : conversations.get(active);
    if (!conversation || !attending) return;
    const id = newestArchived(conversation.messages);
    if (id === undefined || this.seenTold.get(conversation.jid) === id) return;
    const by = conversation.kind === 'room' ? conversation.jid : this.options.me.jid;
    if (!this.connection.isReady) return;
    this.seenTold.set(conversation.jid, id);
    void this.connection.ask((iqId) => publishSeen(iqId, conversation.jid, id, by));
  }

  // ---- small things ----

  private nameOf(jid: string): string {
    const contact = this.state.contacts.find((c) => c.jid === jid);
    return contact?.name ?? this.state.conversations.get(jid)?.name ?? readable(jid);
  }

  private message(words: Said, jid: string, archiveId: string | undefined): Message {
    const { me, world } = this.options;
    const isRoom = words.type === 'groupchat';
    const mine = isRoom
      ? words.realJid !== undefined
        ? bare(words.realJid) === me.jid
        : words.nick === (this.nicks.get(jid) ?? me.name)
      : bare(words.from) === me.jid;
    return {
      key: archiveId ?? (words.id || world.id()),
      id: words.id,
      archiveId,
      author: isRoom ? words.nick : mine ? me.name : this.nameOf(jid),
      mine,
      body: words.body,
      at: words.at ?? world.now(),
      state: 'sent',
      reason: undefined,
    };
  }

  private change(change: Change): void {
    this.state = reduce(this.state, change);
    this.options.changed(this.state, change);
  }
}
