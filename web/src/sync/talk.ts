// The member's side of all talking: turns stanzas into changes of state and wishes into stanzas. What a new
// session asks for, in order, stands in `begin`; the life of my own message in `own-words.ts`.

import type { Result } from '../core/result';
import type { World } from '../core/world';
import { bookmark } from '../xmpp/bookmarks';
import { carbon, said, type Said } from '../xmpp/chat';
import {
  Connection,
  type FindCredentials,
  type Socket,
  type SocketEvents,
} from '../xmpp/connection';
import type { SharedFile } from '../xmpp/files';
import * as disco from '../xmpp/disco';
import { NODE as SEEN_NODE } from '../xmpp/displayed';
import * as inbox from '../xmpp/inbox';
import { bare, domain, readable } from '../xmpp/jid';
import { changedRoom, enter, ownPlace } from '../xmpp/muc';
import type { Portrait } from '../xmpp/avatars';
import { BLOCKING, BOOKMARKS, DISCO_INFO, PING, ROSTER, STANZA_ERRORS } from '../xmpp/ns';
import { answeredItems, items, ownEvent } from '../xmpp/pubsub';
import * as roster from '../xmpp/roster';
import { iq, presence, type Refusal } from '../xmpp/stanza';
import { child, x, type Xml } from '../xmpp/xml';
import { Archive } from './archive';
import { HistoryLoader } from './history';
import type { Outbox } from './outbox';
import { OwnWords } from './own-words';
import { ReadPosition } from './read-position';
import { Pictures } from './pictures';
import { reduce } from './reduce';
import type { Me, Shared } from './shared';
import { nothingYet, type Change, type Contact, type Message, type State } from './types';

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

export class Talk {
  private state: State = nothingYet;
  private readonly options: TalkOptions;
  private readonly connection: Connection;
  private readonly archive: Archive;
  private readonly ownWords: OwnWords;
  private readonly readPosition: ReadPosition;
  private readonly pictures: Pictures;
  private readonly history: HistoryLoader;
  private readonly nicks = new Map<string, string>();
  private inboxRows: inbox.Entry[] | undefined;
  private ver = '';
  private session = 0;

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
          if (resumed) void this.ownWords.flushAll();
          else void this.begin();
        },
        stanza: (element) => {
          this.receive(element);
        },
        acked: (keys) => {
          this.ownWords.acked(keys);
        },
        signedOut: options.signedOut,
      },
    });
    this.archive = new Archive(this.connection, options.me.jid);
    const shared: Shared = {
      world: options.world,
      me: options.me,
      connection: this.connection,
      archive: this.archive,
      state: () => this.state,
      change: (change) => {
        this.change(change);
      },
      message: (words, jid, archiveId) => this.message(words, jid, archiveId),
    };
    this.ownWords = new OwnWords(shared, options.outbox);
    this.readPosition = new ReadPosition(shared);
    this.pictures = new Pictures(shared);
    this.history = new HistoryLoader(shared, (jid, messages) => {
      this.ownWords.delivered(messages);
      this.looked(jid);
    });
  }

  async start(): Promise<void> {
    this.ver = await disco.version();
    await this.ownWords.restore();
    this.connection.start();
  }

  stop(): void {
    this.readPosition.stop();
    this.connection.stop();
  }

  /** The page goes to the back or away: what is still to be told is told now. */
  rest(): void {
    this.readPosition.tell();
  }

  /** Somebody looks at the page, or nobody does. */
  look(isLooking: boolean): void {
    this.connection.look(isLooking);
  }

  hurry(): void {
    this.connection.hurry();
  }

  lost(): void {
    this.connection.lost();
  }

  // ---- what the person does ----

  open(jid: string | undefined): void {
    this.readPosition.tell();
    if (jid === undefined) {
      this.change({ kind: 'opened', jid, person: undefined });
      return;
    }
    // A room not in my list is none of mine; a person needs no list.
    const person = domain(jid) === this.options.me.rooms ? undefined : this.nameOf(jid);
    this.change({ kind: 'opened', jid, person });
    if (this.state.conversations.get(jid)?.history === 'unknown') void this.history.older(jid);
  }

  /** Whether the end of the conversation `jid` is really being looked at. */
  attend(jid: string, attending: boolean): void {
    if (jid !== this.state.active || attending === this.state.attending) return;
    this.change({ kind: 'attending', attending });
    this.looked(jid);
  }

  loadOlder(jid: string): Promise<void> {
    return this.history.older(jid);
  }

  send(jid: string, body: string): Promise<void> {
    return this.ownWords.send(jid, body);
  }

  /** Tells others where a file is that has been put there. */
  async share(jid: string, file: SharedFile): Promise<boolean> {
    if (!this.state.conversations.has(jid)) return false;
    await this.ownWords.send(jid, file.url, file);
    return true;
  }

  retry(jid: string, key: string): Promise<void> {
    return this.ownWords.retry(jid, key);
  }

  discard(jid: string, key: string): Promise<void> {
    return this.ownWords.discard(jid, key);
  }

  /** Somebody's face has come into sight. */
  lookAt(jid: string): Promise<void> {
    return this.pictures.fetch(jid);
  }

  /** My picture from now on, or none; the answer says whether others see it. */
  portray(portrait: Portrait | undefined): Promise<boolean> {
    return this.pictures.publish(portrait);
  }

  /** A question of a part that is not always there; see the connection. */
  ask(build: (id: string) => Xml): Promise<Result<Element, Refusal>> {
    return this.connection.ask(build);
  }

  // ---- a new session ----

  private async begin(): Promise<void> {
    const session = ++this.session;
    const isCurrent = () => session === this.session;
    this.ownWords.beginSession();
    this.pictures.begin();
    this.connection.send(presence({}, disco.caps(this.ver)));
    this.inboxRows = [];
    const [rooms, people, box] = await Promise.all([
      this.connection.ask((id) => items(id, BOOKMARKS)),
      this.connection.ask((id) => roster.ask(id)),
      this.connection.ask((id) => inbox.ask(id)),
    ]);
    if (!isCurrent()) return;
    if (rooms.ok) {
      const mine = answeredItems(rooms.value).flatMap((item) => bookmark(item) ?? []);
      this.change({ kind: 'rooms', rooms: mine });
      for (const room of mine) this.enter(room.jid, room.name);
    }
    if (people.ok) this.contacts(roster.contacts(people.value), true);
    if (box.ok) this.readInbox();
    await this.history.catchUp(isCurrent);
    if (!isCurrent()) return;
    await this.ownWords.flushAll();
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
    if (this.pictures.hear(stanza)) return;
    const event = ownEvent(stanza, this.options.me.jid);
    if (event) {
      this.receiveEvent(event);
      return;
    }
    if (stanza.getAttribute('type') === 'error') {
      this.ownWords.refused(stanza);
      return;
    }
    // XEP-0486 §3.2: a room says that it is another now, perhaps by its picture.
    const changed = changedRoom(stanza);
    if (changed !== undefined) this.pictures.roomChanged(changed);
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
    this.ownWords.delivered([message]);
    this.looked(jid);
  }

  private receivePresence(stanza: Element): void {
    const news = ownPlace(stanza);
    if (!news || this.state.conversations.get(news.room)?.kind !== 'room') return;
    switch (news.kind) {
      case 'entered':
        this.nicks.set(news.room, news.nick);
        this.change({ kind: 'place', jid: news.room, place: 'in', mayWrite: news.mayWrite });
        this.ownWords.enteredRoom(news.room);
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
      this.readPosition.heard(event.items);
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
    } else if (!isGet && stanza.firstElementChild?.namespaceURI === BLOCKING) {
      this.connection.send(iq({ type: 'result', id, to })); // XEP-0191 §3.3; who shows the list asks again
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

  // ---- small things ----

  private looked(jid: string): void {
    if (jid === this.state.active && this.state.attending) this.readPosition.soon();
  }

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
      authorJid: isRoom ? words.realJid && bare(words.realJid) : jid,
      author: isRoom ? words.nick : mine ? me.name : this.nameOf(jid),
      mine,
      body: words.body,
      files: words.files,
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
