// For tests: a server made of a script, a clock turned by hand, and a member who talks to them. It knows
// just enough XMPP to answer what the client asks; the real server is met in the browser journeys.

import { prove } from '../xmpp/fast';
import { localpart } from '../xmpp/jid';
import { FRAMING, INBOX, MAM, PUBSUB, ROSTER, SASL2, SM, STREAMS } from '../xmpp/ns';
import { parse } from '../xmpp/xml';
import type { World } from '../core/world';
import { memoryOutbox, type Outbox } from './outbox';
import { Talk } from './talk';
import { nothingYet, type Conversation, type State } from './types';
import type { SocketEvents } from '../xmpp/connection';

export const ME = 'anna@example.org';
export const ROOM = 'ov@rooms.example.org';
const TOKEN = 'secret';

export class Clock implements World {
  private time = Date.parse('2026-11-21T12:00:00Z');
  private timers: { at: number; act: () => void }[] = [];
  private count = 0;
  now(): number {
    return this.time;
  }
  id(): string {
    this.count += 1;
    return `id-${this.count}`;
  }
  chance(): number {
    return 1;
  }
  after(ms: number, act: () => void): () => void {
    const timer = { at: this.time + ms, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }
  pass(ms: number): void {
    this.time += ms;
    const due = this.timers.filter((timer) => timer.at <= this.time);
    this.timers = this.timers.filter((timer) => timer.at > this.time);
    for (const timer of due) timer.act();
  }
}

/** Hashes and keys that are being computed: they take their time on threads of their own, more of it on a busy machine. */
let computing = 0;

type Compute = (...given: unknown[]) => Promise<unknown>;
const subtle = crypto.subtle as unknown as Record<string, Compute>;
for (const name of ['digest', 'importKey', 'sign', 'deriveBits']) {
  const compute = subtle[name]?.bind(crypto.subtle);
  if (!compute) continue;
  const counted: Compute = (...given) => {
    computing += 1;
    return compute(...given).finally(() => (computing -= 1));
  };
  Object.defineProperty(crypto.subtle, name, { value: counted });
}

/** Lets everything that is already promised happen: turns pass until nothing is computed and nothing new was begun. */
export async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 12; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (computing > 0) quiet = 0;
  }
}

export class Script {
  readonly clock = new Clock();
  state: State = nothingYet;
  /** Stanzas and nonzas the client sent, in order, over all connections. */
  readonly heard: Element[] = [];
  talk: Talk;
  connections = 0;
  tokensAsked = 0;
  signedOut = false;
  /** What the server does on sign-in. */
  onSignIn: 'bind' | 'resume' | 'refuse' | 'lie' = 'bind';
  resumedAt = 0;
  roomRole = 'participant';
  nickGiven: string | undefined;
  bookmarks = `<item id='${ROOM}'><conference xmlns='urn:xmpp:bookmarks:1' name='OV Nord' autojoin='true'/></item>`;
  inbox = '';
  archive = new Map<string, string[]>();
  /** What somebody else says beside a page of an archive, by the name of the question. */
  beside: (queryId: string) => string[] = () => [];
  private events: SocketEvents | undefined;
  private expected = '';

  constructor(outbox: Outbox = memoryOutbox()) {
    this.talk = new Talk({
      world: this.clock,
      me: { jid: ME, name: 'Anna Meier', rooms: 'rooms.example.org' },
      deviceId: 'device',
      outbox,
      connect: (events) => this.connect(events),
      credentials: () => {
        this.tokensAsked += 1;
        return Promise.resolve({ jid: ME, domain: 'example.org', token: TOKEN });
      },
      changed: (state) => {
        this.state = state;
      },
      signedOut: () => {
        this.signedOut = true;
      },
    });
  }

  async start(): Promise<void> {
    await this.talk.start();
    await settled();
  }

  conversation(jid: string): Conversation {
    const conversation = this.state.conversations.get(jid);
    if (!conversation) throw new Error(`no conversation ${jid}`);
    return conversation;
  }

  bodies(jid: string): string[] {
    return this.conversation(jid).messages.map((m) => `${m.body} (${m.state})`);
  }

  /** What the client sent of this kind. */
  sent(name: string): Element[] {
    return this.heard.filter((element) => element.localName === name);
  }

  /** The server says something. */
  async say(frame: string): Promise<void> {
    this.events?.frame(frame);
    await settled();
  }

  async roomSays(nick: string, body: string, archiveId: string, id = archiveId): Promise<void> {
    await this.say(
      `<message xmlns='jabber:client' type='groupchat' from='${ROOM}/${nick}' id='${id}'><body>${body}</body><stanza-id xmlns='urn:xmpp:sid:0' by='${ROOM}' id='${archiveId}'/></message>`,
    );
  }

  async ack(): Promise<void> {
    await this.say(`<a xmlns='${SM}' h='${this.stanzas}'/>`);
  }

  /** The line breaks without a word. */
  async cut(): Promise<void> {
    const events = this.events;
    this.events = undefined;
    events?.closed();
    await settled();
  }

  /** What the node with a person's picture answers, and the card of a room. */
  readonly pictures = new Map<string, string>();
  readonly cards = new Map<string, string>();

  private stanzas = 0;

  private connect(events: SocketEvents) {
    this.connections += 1;
    this.events = events;
    const mine = events;
    void prove(localpart(ME), TOKEN).then(({ expected }) => {
      this.expected = expected;
      mine.opened();
    });
    return {
      send: (frame: string) => {
        if (this.events === mine) this.hear(frame);
      },
      close: () => {
        if (this.events === mine) this.events = undefined;
      },
    };
  }

  private hear(frame: string): void {
    const element = parse(frame);
    if (!element) throw new Error(`not well-formed: ${frame}`);
    this.heard.push(element);
    const answer = this.answer(element);
    const { events } = this;
    for (const line of answer) queueMicrotask(() => events?.frame(line));
  }

  private answer(element: Element): string[] {
    if (element.namespaceURI === 'jabber:client') this.stanzas += 1;
    switch (element.localName) {
      case 'open':
        return [
          `<open xmlns='${FRAMING}' from='example.org' version='1.0'/>`,
          `<stream:features xmlns:stream='${STREAMS}'><authentication xmlns='${SASL2}'><inline><fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication></stream:features>`,
        ];
      case 'authenticate':
        return this.signIn(element);
      case 'iq':
        return this.answerIq(element);
      case 'presence':
        return this.enter(element);
      default:
        return [];
    }
  }

  private signIn(element: Element): string[] {
    if (this.onSignIn === 'refuse') {
      return [
        `<failure xmlns='${SASL2}'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>`,
      ];
    }
    const proof = this.onSignIn === 'lie' ? 'bGll' : this.expected;
    const resumes = this.onSignIn === 'resume' && element.querySelector('resume') !== null;
    if (!resumes) this.stanzas = 0;
    const inside = resumes
      ? `<resumed xmlns='${SM}' previd='sm-1' h='${this.resumedAt}'/>`
      : `<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='${SM}' id='sm-1' resume='true'/></bound>`;
    return [
      `<success xmlns='${SASL2}'><additional-data>${proof}</additional-data><authorization-identifier>${ME}/Konvent.1</authorization-identifier>${inside}</success>`,
    ];
  }

  private answerIq(element: Element): string[] {
    const id = element.getAttribute('id') ?? '';
    const payload = element.firstElementChild;
    const from = element.getAttribute('to');
    const result = (inside: string) =>
      `<iq xmlns='jabber:client' type='result' id='${id}'${from ? ` from='${from}'` : ''}>${inside}</iq>`;
    switch (payload?.namespaceURI) {
      case 'vcard-temp':
        return [result(this.cards.get(from ?? '') ?? `<vCard xmlns='vcard-temp'/>`)];
      case PUBSUB:
        if (payload.querySelector('publish')) return [result('')];
        if (payload.querySelector('items')?.getAttribute('node') === 'urn:xmpp:avatar:data') {
          return [result(this.pictures.get(from ?? '') ?? '')];
        }
        return [
          result(
            `<pubsub xmlns='${PUBSUB}'><items node='urn:xmpp:bookmarks:1'>${this.bookmarks}</items></pubsub>`,
          ),
        ];
      case ROSTER:
        return [
          result(`<query xmlns='${ROSTER}'><item jid='bert@example.org' name='Bert Ast'/></query>`),
        ];
      case INBOX:
        return [...this.inbox.split('\n').filter(Boolean), result(`<fin xmlns='${INBOX}'/>`)];
      case MAM: {
        const peer = [...payload.querySelectorAll('field')].find(
          (field) => field.getAttribute('var') === 'with',
        )?.textContent;
        const all = this.archive.get(from ?? peer ?? '') ?? [];
        const at = (edge: string) => {
          const id = /^mam-(\d+)$/.exec(payload.querySelector(edge)?.textContent ?? '')?.[1];
          return id === undefined ? undefined : Number(id);
        };
        const max = Number(payload.querySelector('max')?.textContent);
        const after = at('after');
        const end = at('before') ?? all.length;
        const start = after === undefined ? Math.max(0, end - max) : after + 1;
        const rows = all.slice(start, after === undefined ? end : start + max);
        const isEnd = after === undefined ? start === 0 : start + max >= all.length;
        return [
          ...this.beside(id),
          ...rows.map(
            (row, index) =>
              `<message xmlns='jabber:client' from='${from ?? ME}'><result xmlns='${MAM}' queryid='${id}' id='mam-${start + index}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-20T10:00:00Z'/>${row}</forwarded></result></message>`,
          ),
          result(`<fin xmlns='${MAM}' complete='${String(isEnd)}'/>`),
        ];
      }
      default:
        return [];
    }
  }

  private enter(element: Element): string[] {
    const to = element.getAttribute('to');
    if (!to) return [];
    const [room, nick] = to.split('/');
    return [
      `<presence xmlns='jabber:client' from='${room ?? ''}/${this.nickGiven ?? nick ?? ''}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='${this.roomRole}'/><status code='110'/></x></presence>`,
    ];
  }
}
