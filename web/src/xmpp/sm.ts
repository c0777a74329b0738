// Stream management (XEP-0198): what we sent and the server has not yet acknowledged, and how much of the
// server's we have received. Outlives a connection: on resumption the next stream takes it over.

const WRAP = 0x1_0000_0000; // XEP-0198 §4: h counts modulo 2^32

export interface Sent {
  readonly frame: string;
  /** Whose fate hangs on the acknowledgement: a message's key, or none. */
  readonly key: string | undefined;
}

export class Sm {
  /** The id to resume with; undefined until the server has enabled resumption. */
  id: string | undefined;
  received = 0;
  private acknowledged = 0;
  private waiting: Sent[] = [];

  sent(frame: string, key?: string): void {
    this.waiting.push({ frame, key });
  }

  receivedOne(): void {
    this.received = (this.received + 1) % WRAP;
  }

  /** Keys of the messages that `h` covers, or undefined when the server counts more than we ever sent. */
  covered(h: number): string[] | undefined {
    const fresh = (h - this.acknowledged + WRAP) % WRAP;
    if (fresh > this.waiting.length) return undefined;
    this.acknowledged = h;
    return this.waiting.splice(0, fresh).flatMap((sent) => sent.key ?? []);
  }

  /** What must be sent again after a resumption, oldest first. */
  unacknowledged(): readonly Sent[] {
    return this.waiting;
  }
}

/** `h` of an `<a/>`, `<resumed/>` or `<failed/>`. */
export function handled(element: Element): number | undefined {
  const h = element.getAttribute('h') ?? '';
  const count = Number(h);
  return /^\d{1,10}$/.test(h) && count < WRAP ? count : undefined;
}
