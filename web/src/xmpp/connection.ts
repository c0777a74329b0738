// Keeps one stream alive: connects, signs in, resumes, waits with back-off, asks whether the line is still
// there, and matches answers to questions (RFC 6120 §8.2.3). Sockets, time and credentials are handed in.

import { err, ok, type Result } from '../core/result';
import type { World } from '../core/world';
import { prove } from './fast';
import { localpart } from './jid';
import type { Sm } from './sm';
import { CSI } from './ns';
import { refusalOf, type Refusal } from './stanza';
import { Stream, type StreamEvent } from './stream';
import { x, type Xml } from './xml';

export interface Socket {
  send(frame: string): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  frame(text: string): void;
  closed(): void;
}

export interface Credentials {
  readonly jid: string;
  readonly domain: string;
  readonly token: string;
}

/** `fresh` asks the server for a new token even if one is at hand. */
export type FindCredentials = (
  fresh: boolean,
) => Promise<Credentials | 'signed-out' | 'unreachable'>;

export type Link = 'connecting' | 'online' | 'waiting' | 'offline';

export interface Listener {
  link(state: Link, retryAt: number | undefined): void;
  /** A session is there. `resumed`: nothing was missed; otherwise everything must be asked for again. */
  ready(jid: string, resumed: boolean): void;
  stanza(element: Element): void;
  acked(keys: readonly string[]): void;
  signedOut(): void;
}

export interface ConnectionOptions {
  readonly world: World;
  readonly connect: (events: SocketEvents) => Socket;
  readonly credentials: FindCredentials;
  readonly deviceId: string;
  readonly listener: Listener;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SIGN_IN_MS = 15_000; // a socket that opens and then says nothing
const QUIET_MS = 40_000; // after this long without a frame we ask whether the line still stands
const ANSWER_MS = 10_000;
const QUESTION_MS = 30_000;

type Answer = (answer: Result<Element, Refusal>) => void;

export class Connection {
  private readonly options: ConnectionOptions;
  private stream: Stream | undefined;
  private socket: Socket | undefined;
  private previous: Sm | undefined;
  private token: string | undefined;
  private tries = 0;
  private refusals = 0;
  private running = false;
  private isLooking = true;
  private attempt = 0;
  private cancelTimer: () => void = () => undefined;
  private cancelWatch: () => void = () => undefined;
  private readonly questions = new Map<string, Answer>();

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  get isReady(): boolean {
    return this.stream?.isOpen === true && this.socket !== undefined;
  }

  start(): void {
    this.running = true;
    void this.connect(false);
  }

  stop(): void {
    this.running = false;
    if (this.stream && this.socket) this.socket.send(this.stream.close());
    this.hangUp();
    this.cancelTimer();
    this.forgetSession();
  }

  /** The browser says that the network is back, or the page came to the front: don't wait any longer. */
  hurry(): void {
    if (!this.running) return;
    if (this.isReady) {
      this.probe();
    } else if (!this.socket) {
      this.tries = 0;
      this.cancelTimer();
      void this.connect(false);
    }
  }

  /** Whether somebody looks at the page: the server tells those who don't by other ways (XEP-0352). */
  look(isLooking: boolean): void {
    if (isLooking === this.isLooking) return;
    this.isLooking = isLooking;
    if (this.isReady) this.tellLook();
  }

  private tellLook(): void {
    this.socket?.send(x(this.isLooking ? 'active' : 'inactive', { xmlns: CSI }).text);
  }

  /** The browser says that the network is gone. */
  lost(): void {
    if (!this.running) return;
    this.hangUp();
    this.cancelTimer();
    this.options.listener.link('offline', undefined);
    // Some browsers never say that the network is back: try by ourselves, too.
    this.cancelTimer = this.options.world.after(LONGEST_WAIT_MS, () => void this.connect(false));
  }

  /** Sends a stanza; false when there is no session. With a key its acknowledgement will be told. */
  send(stanza: Xml, key?: string): boolean {
    if (!this.stream || !this.isReady) return false;
    for (const frame of this.stream.send(stanza, key)) this.socket?.send(frame);
    return true;
  }

  /** Asks and waits for the answer. `build` gets the id that the iq must carry. */
  ask(build: (id: string) => Xml): Promise<Result<Element, Refusal>> {
    return new Promise((resolve) => {
      const id = this.options.world.id();
      const cancel = this.options.world.after(QUESTION_MS, () => {
        this.questions.delete(id);
        resolve(err({ condition: 'remote-server-timeout', text: '' }));
      });
      this.questions.set(id, (answer) => {
        cancel();
        this.questions.delete(id);
        resolve(answer);
      });
      if (!this.send(build(id))) {
        this.questions.get(id)?.(err({ condition: 'not-connected', text: '' }));
      }
    });
  }

  private async connect(fresh: boolean): Promise<void> {
    if (!this.running) return;
    const mine = ++this.attempt;
    const { credentials, listener, world, connect, deviceId } = this.options;
    listener.link('connecting', undefined);
    const known = await credentials(fresh);
    if (mine !== this.attempt || !this.isWanted()) return;
    if (known === 'signed-out') {
      this.running = false;
      listener.signedOut();
      return;
    }
    if (known === 'unreachable') {
      this.wait();
      return;
    }
    if (fresh) this.token = undefined;
    const proof = await prove(localpart(known.jid), this.token ?? known.token);
    if (mine !== this.attempt || !this.isWanted()) return;
    const stream = new Stream({
      domain: known.domain,
      proof,
      deviceId,
      previous: this.previous,
    });
    this.stream = stream;
    this.cancelWatch();
    this.cancelWatch = world.after(SIGN_IN_MS, () => {
      if (this.stream === stream && !stream.isOpen) this.broken();
    });
    const socket = connect({
      opened: () => {
        if (this.stream === stream) this.socket?.send(stream.open());
      },
      frame: (text) => {
        if (this.stream !== stream) return;
        this.watch();
        this.carryOut(stream.receive(text));
      },
      closed: () => {
        if (this.stream === stream) this.broken();
      },
    });
    this.socket = socket;
  }

  private isWanted(): boolean {
    return this.running;
  }

  private carryOut(events: readonly StreamEvent[]): void {
    const { listener } = this.options;
    for (const event of events) {
      switch (event.kind) {
        case 'write':
          this.socket?.send(event.frame);
          break;
        case 'acked':
          if (event.keys.length > 0) listener.acked(event.keys);
          break;
        case 'ready':
          this.signedIn(event.jid, event.resumed, event.newToken);
          break;
        case 'stanza':
          if (!this.answered(event.element)) listener.stanza(event.element);
          break;
        case 'refused':
          this.refused();
          return;
        case 'over':
          // A stream that ended after a false count or a false proof is not taken up again.
          if (
            ['handled-count-too-high', 'server-not-proven', 'conflict'].includes(event.condition)
          ) {
            this.forgetSession();
          }
          this.broken();
          return;
      }
    }
  }

  private signedIn(jid: string, resumed: boolean, newToken: string | undefined): void {
    this.tries = 0;
    this.refusals = 0;
    if (!this.isLooking) this.tellLook(); // XEP-0352 §5.2: anew in each session
    this.token = newToken ?? this.token;
    this.previous = this.stream?.sm;
    if (!resumed) this.forgetQuestions();
    this.watch();
    this.options.listener.link('online', undefined);
    this.options.listener.ready(jid, resumed);
  }

  /** Our token is not accepted: ask for a fresh one once, then the person must sign in again. */
  private refused(): void {
    this.hangUp();
    this.token = undefined;
    this.refusals += 1;
    if (this.refusals === 1) {
      void this.connect(true);
    } else {
      this.running = false;
      this.options.listener.signedOut();
    }
  }

  private broken(): void {
    this.hangUp();
    if (this.running) this.wait();
  }

  private wait(): void {
    const { world, listener } = this.options;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    const ms = longest * (0.5 + world.chance() / 2);
    this.tries += 1;
    listener.link('waiting', world.now() + ms);
    this.cancelTimer();
    this.cancelTimer = world.after(ms, () => void this.connect(false));
  }

  private hangUp(): void {
    this.attempt += 1;
    const socket = this.socket;
    this.stream = undefined;
    this.socket = undefined;
    this.cancelWatch();
    socket?.close();
  }

  private watch(): void {
    this.cancelWatch();
    this.cancelWatch = this.options.world.after(QUIET_MS, () => {
      this.probe();
    });
  }

  /** XEP-0198 §4: a request for acknowledgement doubles as the question whether anybody is there. */
  private probe(): void {
    if (!this.stream || !this.isReady) return;
    this.socket?.send(this.stream.requestAck());
    this.cancelWatch();
    this.cancelWatch = this.options.world.after(ANSWER_MS, () => {
      this.broken();
    });
  }

  private answered(element: Element): boolean {
    const type = element.getAttribute('type');
    if (element.localName !== 'iq' || (type !== 'result' && type !== 'error')) return false;
    const question = this.questions.get(element.getAttribute('id') ?? '');
    question?.(type === 'result' ? ok(element) : err(refusalOf(element)));
    return true;
  }

  private forgetSession(): void {
    this.previous = undefined;
    this.forgetQuestions();
  }

  private forgetQuestions(): void {
    for (const answer of [...this.questions.values()]) {
      answer(err({ condition: 'not-connected', text: '' }));
    }
  }
}

/** A WebSocket as RFC 7395 §3.1 wants it. */
export function webSocket(url: string): (events: SocketEvents) => Socket {
  return (events) => {
    const socket = new WebSocket(url, 'xmpp');
    socket.onopen = () => {
      events.opened();
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (typeof message.data === 'string') events.frame(message.data);
    };
    socket.onclose = () => {
      events.closed();
    };
    return {
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
      close: () => {
        socket.close();
      },
    };
  };
}
