// The client's side of one stream over WebSocket (RFC 7395): open, sign in with a token (XEP-0388, XEP-0484),
// bind or resume in the same step (XEP-0386, XEP-0198), then stanzas. A machine without I/O: frames go in,
// events come out. Left out on purpose: every sign-in that needs a password.

import { MECHANISM, same, type Proof } from './fast';
import { BIND2, CARBONS, CLIENT, FAST, FRAMING, SASL, SASL2, SM, STREAMS } from './ns';
import { handled, Sm } from './sm';
import { child, is, parse, textOf, x, Xml } from './xml';

export type StreamEvent =
  | { readonly kind: 'write'; readonly frame: string }
  | {
      readonly kind: 'ready';
      readonly jid: string;
      readonly resumed: boolean;
      readonly newToken: string | undefined;
    }
  | { readonly kind: 'stanza'; readonly element: Element }
  | { readonly kind: 'acked'; readonly keys: readonly string[] }
  /** The server does not accept our token. */
  | { readonly kind: 'refused'; readonly condition: string }
  /** This stream is over; another one may work. */
  | { readonly kind: 'over'; readonly condition: string };

export interface StreamOptions {
  readonly domain: string;
  readonly proof: Proof;
  /** The same for every stream of this browser (XEP-0388 §2.3). */
  readonly deviceId: string;
  /** A session to take up again, if there is one. */
  readonly previous: Sm | undefined;
}

export class Stream {
  sm: Sm;
  private readonly options: StreamOptions;
  private phase: 'opening' | 'signing-in' | 'open' | 'over' = 'opening';

  constructor(options: StreamOptions) {
    this.options = options;
    this.sm = options.previous ?? new Sm();
  }

  get isOpen(): boolean {
    return this.phase === 'open';
  }

  /** The first frame, to be sent as soon as the socket is open. */
  open(): string {
    return x('open', { xmlns: FRAMING, to: this.options.domain, version: '1.0' }).text;
  }

  close(): string {
    this.phase = 'over';
    return x('close', { xmlns: FRAMING }).text;
  }

  /** Frames for one stanza. A message with a key is followed by a request for acknowledgement. */
  send(stanza: Xml, key?: string): string[] {
    this.sm.sent(stanza.text, key);
    return key === undefined ? [stanza.text] : [stanza.text, this.requestAck()];
  }

  requestAck(): string {
    return x('r', { xmlns: SM }).text;
  }

  receive(frame: string): StreamEvent[] {
    if (this.phase === 'over') return [];
    const element = parse(frame);
    if (!element) return this.end('not-well-formed');
    if (is(element, 'close', FRAMING)) return this.end('closed');
    if (is(element, 'error', STREAMS)) return this.end(element.firstElementChild?.localName ?? '');
    switch (this.phase) {
      case 'opening':
        return this.opening(element);
      case 'signing-in':
        return this.signingIn(element);
      case 'open':
        return this.talking(element);
    }
  }

  private opening(element: Element): StreamEvent[] {
    if (is(element, 'open', FRAMING)) return [];
    if (!is(element, 'features', STREAMS)) return this.end('unexpected');
    const offered = [...(child(element, 'authentication', SASL2)?.getElementsByTagName('*') ?? [])];
    if (!offered.some((e) => e.localName === 'mechanism' && textOf(e) === MECHANISM)) {
      return this.end('no-mechanism');
    }
    this.phase = 'signing-in';
    return [{ kind: 'write', frame: this.authenticate().text }];
  }

  private authenticate(): Xml {
    const { proof, deviceId } = this.options;
    const { id, received } = this.sm;
    return x(
      'authenticate',
      { xmlns: SASL2, mechanism: MECHANISM },
      x('initial-response', {}, proof.initial),
      x('user-agent', { id: deviceId }, x('software', {}, 'Konvent'), x('device', {}, 'Browser')),
      x('fast', { xmlns: FAST }),
      id === undefined ? undefined : x('resume', { xmlns: SM, previd: id, h: received }),
      // Taken only when there is nothing to resume or the resumption fails (XEP-0198 §9).
      x(
        'bind',
        { xmlns: BIND2 },
        x('tag', {}, 'Konvent'),
        x('enable', { xmlns: CARBONS }),
        x('enable', { xmlns: SM, resume: 'true' }),
      ),
    );
  }

  private signingIn(element: Element): StreamEvent[] {
    if (is(element, 'failure', SASL2)) {
      this.phase = 'over';
      const condition = [...element.children].find((e) => e.namespaceURI === SASL)?.localName;
      return [{ kind: 'refused', condition: condition ?? 'not-authorized' }];
    }
    if (!is(element, 'success', SASL2)) return this.end('unexpected');
    // The server must know the token, too: otherwise somebody else is answering.
    if (
      !same(textOf(child(element, 'additional-data', SASL2)).trim(), this.options.proof.expected)
    ) {
      return this.end('server-not-proven');
    }
    const jid = textOf(child(element, 'authorization-identifier', SASL2));
    const newToken = child(element, 'token', FAST)?.getAttribute('token') ?? undefined;
    this.phase = 'open';
    const resumed = child(element, 'resumed', SM);
    if (resumed) return this.resumed(resumed, jid, newToken);
    const bound = child(element, 'bound', BIND2);
    if (!bound) {
      // Neither taken up nor begun anew: the next stream must not ask for resumption again.
      this.sm = new Sm();
      return this.end('not-bound');
    }
    return this.bound(element, bound, jid, newToken);
  }

  private resumed(element: Element, jid: string, newToken: string | undefined): StreamEvent[] {
    const keys = this.sm.covered(handled(element) ?? -1);
    if (!keys) return this.end('handled-count-too-high');
    const again = this.sm.unacknowledged();
    const events: StreamEvent[] = [
      { kind: 'acked', keys },
      ...again.map((sent): StreamEvent => ({ kind: 'write', frame: sent.frame })),
    ];
    if (again.length > 0) events.push({ kind: 'write', frame: this.requestAck() });
    events.push({ kind: 'ready', jid, resumed: true, newToken });
    return events;
  }

  private bound(
    success: Element,
    bound: Element,
    jid: string,
    newToken: string | undefined,
  ): StreamEvent[] {
    // XEP-0198 §6: a failed resumption may still say how much had arrived.
    const failed = child(success, 'failed', SM);
    const h = failed ? handled(failed) : undefined;
    const keys = h === undefined ? [] : (this.sm.covered(h) ?? []);
    this.sm = new Sm();
    const enabled = child(bound, 'enabled', SM);
    if (enabled?.getAttribute('resume') === 'true' || enabled?.getAttribute('resume') === '1') {
      this.sm.id = enabled.getAttribute('id') ?? undefined;
    }
    return [
      { kind: 'acked', keys },
      { kind: 'ready', jid, resumed: false, newToken },
    ];
  }

  private talking(element: Element): StreamEvent[] {
    if (element.namespaceURI === CLIENT) {
      this.sm.receivedOne();
      return [{ kind: 'stanza', element }];
    }
    if (is(element, 'r', SM)) {
      return [{ kind: 'write', frame: x('a', { xmlns: SM, h: this.sm.received }).text }];
    }
    if (is(element, 'a', SM)) {
      const keys = this.sm.covered(handled(element) ?? -1);
      return keys ? [{ kind: 'acked', keys }] : this.end('handled-count-too-high');
    }
    return []; // features after sign-in (XEP-0388 §2.6) and whatever we did not ask for
  }

  private end(condition: string): StreamEvent[] {
    this.phase = 'over';
    return [{ kind: 'over', condition }];
  }
}
