// Whose picture is known, and fetching it when it is first shown. A picture is shown only when its bytes have the hash
// that its owner named. Kept for the life of the page.

import {
  address,
  askCard,
  askData,
  dataOf,
  hashOf,
  photoOf,
  publishing,
  told,
  withdrawing,
  type Named,
  type Portrait,
} from '../xmpp/avatars';
import { domain } from '../xmpp/jid';
import type { Shared } from './shared';

/** Pictures in memory; whoever has more contacts with pictures sees initials for the rest. */
const MOST = 1_000;

export class Pictures {
  private readonly shared: Shared;
  private readonly named = new Map<string, Named>();
  /** Asked for, by person and hash, or by room. */
  private readonly asked = new Set<string>();

  constructor(shared: Shared) {
    this.shared = shared;
  }

  /** A new session: the server tells anew whose picture is which, and rooms are asked again. */
  begin(): void {
    this.asked.clear();
  }

  /** True when the message was about a picture. */
  hear(message: Element): boolean {
    const news = told(message, this.shared.me.jid);
    if (!news) return false;
    const before = this.named.get(news.jid);
    this.named.set(news.jid, news);
    if (news.hash === undefined) this.show(news.jid, undefined);
    // What was on the screen before is replaced at once; what was not waits until somebody looks.
    else if (before?.hash !== news.hash && this.shared.state().pictures.has(news.jid)) {
      void this.fetch(news.jid);
    } else this.shared.change({ kind: 'pictured', jid: news.jid });
    return true;
  }

  /** A room's terms have changed, perhaps its picture (XEP-0486 §3.2). */
  roomChanged(jid: string): void {
    if (this.asked.delete(jid)) void this.fetch(jid);
  }

  /** Somebody looks at `jid`: its picture is fetched if it has one. */
  async fetch(jid: string): Promise<void> {
    if (domain(jid) === this.shared.me.rooms) await this.fetchRoom(jid);
    else await this.fetchPerson(jid);
  }

  private async fetchRoom(jid: string): Promise<void> {
    if (!this.mayAsk(jid)) return;
    const answer = await this.shared.connection.ask((id) => askCard(id, jid));
    if (answer.ok) this.show(jid, photoOf(answer.value));
    else if (answer.error.condition === 'not-connected') this.asked.delete(jid);
  }

  private async fetchPerson(jid: string): Promise<void> {
    const { hash, kind } = this.named.get(jid) ?? { hash: undefined, kind: '' };
    if (hash === undefined || !this.mayAsk(`${jid} ${hash}`)) return;
    const answer = await this.shared.connection.ask((id) => askData(id, jid, hash));
    const data = answer.ok ? dataOf(answer.value) : undefined;
    if (!answer.ok && answer.error.condition === 'not-connected') {
      this.asked.delete(`${jid} ${hash}`);
    }
    if (data === undefined || this.named.get(jid)?.hash !== hash) return;
    if ((await hashOf(bytesOf(data))) === hash.toLowerCase()) this.show(jid, address(kind, data));
  }

  private mayAsk(what: string): boolean {
    if (this.asked.has(what) || this.asked.size >= MOST) return false;
    this.asked.add(what);
    return true;
  }

  private show(jid: string, url: string | undefined): void {
    if (this.shared.state().pictures.get(jid) === url) return;
    this.shared.change({ kind: 'picture', jid, url });
  }

  /** Shows others my picture, or none any more; the answer says whether they see it. */
  async publish(portrait: Portrait | undefined): Promise<boolean> {
    const steps = portrait ? publishing(portrait, await hashOf(portrait.bytes)) : [withdrawing()];
    for (const step of steps) {
      const answer = await this.shared.connection.ask(step);
      if (!answer.ok) return false;
    }
    return true;
  }
}

/** Total: what is no Base64 has no bytes. */
function bytesOf(data: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
