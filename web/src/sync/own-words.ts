// The life of my own message: shown and kept in the outbox, sent, and taken out when it is durable: in a room when
// the room sends it back, else when the server acknowledges it (XEP-0198, after its commit).

import { chat } from '../xmpp/chat';
import type { SharedFile } from '../xmpp/files';
import { bare } from '../xmpp/jid';
import { refusalOf } from '../xmpp/stanza';
import { PAGE_SIZE } from './archive';
import type { Outbox, Waiting } from './outbox';
import type { Shared } from './shared';
import type { Conversation, Message } from './types';

export class OwnWords {
  private readonly shared: Shared;
  private readonly outbox: Outbox;
  private session = 0;
  /** Rooms entered in this session: only there may be spoken. */
  private readonly entered = new Set<string>();
  private readonly busy = new Set<string>();
  /** Conversations whose waiting words this session has gone through. */
  private readonly gone = new Set<string>();

  constructor(shared: Shared, outbox: Outbox) {
    this.shared = shared;
    this.outbox = outbox;
  }

  /** Shows what an earlier page of this browser left behind. */
  async restore(): Promise<void> {
    for (const words of await this.outbox.all()) this.show(words);
  }

  beginSession(): void {
    this.session += 1;
    this.entered.clear();
    this.gone.clear();
  }

  enteredRoom(room: string): void {
    this.entered.add(room);
    void this.flush(room);
  }

  async send(jid: string, body: string, file?: SharedFile): Promise<void> {
    const conversation = this.shared.state().conversations.get(jid);
    if (!conversation || body.trim() === '') return;
    const words: Waiting = {
      key: this.shared.world.id(),
      jid,
      kind: conversation.kind,
      name: conversation.name,
      body,
      ...(file ? { file } : {}),
      at: this.shared.world.now(),
      attempted: false,
    };
    this.show(words);
    // Kept before it is sent: a reload in between must not lose it.
    await this.outbox.put(words);
    await this.flush(jid);
  }

  /** Sends refused words again, as a new message. */
  async retry(jid: string, key: string): Promise<void> {
    const messages = this.shared.state().conversations.get(jid)?.messages;
    const old = messages?.find((message) => message.key === key);
    if (!old) return;
    await this.discard(jid, key);
    await this.send(jid, old.body, old.files[0]);
  }

  async discard(jid: string, key: string): Promise<void> {
    this.shared.change({ kind: 'withdrawn', jid, key });
    await this.outbox.remove(key);
  }

  /** Sends whatever waits, wherever one may speak by now. */
  async flushAll(): Promise<void> {
    for (const { jid } of [...this.shared.state().conversations.values()]) await this.flush(jid);
  }

  /** Sends what waits for `jid`, in order. After a lost session what may have arrived is looked up first. */
  async flush(jid: string): Promise<void> {
    const conversation = this.shared.state().conversations.get(jid);
    if (!conversation || this.busy.has(jid) || !this.maySend(conversation)) return;
    const session = this.session;
    const isFirst = !this.gone.has(jid);
    this.gone.add(jid);
    this.busy.add(jid);
    try {
      const waiting = (await this.outbox.all()).filter((words) => words.jid === jid);
      if (isFirst && waiting.some((words) => words.attempted)) await this.lookUp(conversation);
      for (const words of waiting) {
        if (session !== this.session) break;
        if (!this.isWaiting(jid, words.key) || (words.attempted && !isFirst)) continue;
        await this.outbox.put({ ...words, attempted: true });
        const type = conversation.kind === 'room' ? 'groupchat' : 'chat';
        const stanza = chat(jid, type, words.key, words.body, words.file);
        if (!this.shared.connection.send(stanza, words.key)) {
          await this.outbox.put(words);
          break;
        }
      }
    } finally {
      this.busy.delete(jid);
    }
    // Words that came, or a new session that began, while we were busy.
    const rest = (await this.outbox.all()).filter((words) => this.isWaiting(jid, words.key));
    if (rest.some((words) => !words.attempted) || (rest.length > 0 && !this.gone.has(jid))) {
      await this.flush(jid);
    }
  }

  acked(keys: readonly string[]): void {
    const { conversations } = this.shared.state();
    this.shared.change({ kind: 'acked', keys });
    for (const key of keys) {
      const inRoom = [...conversations.values()].some(
        (c) => c.kind === 'room' && c.messages.some((m) => m.key === key && m.state !== 'sent'),
      );
      if (!inRoom) void this.outbox.remove(key);
    }
  }

  /** These came from the archive or back from the room: nothing of them waits any more. */
  delivered(messages: readonly Message[]): void {
    for (const message of messages) if (message.mine) void this.outbox.remove(message.id);
  }

  refused(stanza: Element): void {
    const jid = bare(stanza.getAttribute('from') ?? '');
    const id = stanza.getAttribute('id') ?? '';
    this.shared.change({ kind: 'refused', jid, id, reason: refusalOf(stanza).condition });
    void this.outbox.remove(id);
  }

  private maySend(conversation: Conversation): boolean {
    if (!this.shared.connection.isReady || this.session === 0) return false;
    return conversation.kind === 'person' || this.entered.has(conversation.jid);
  }

  private isWaiting(jid: string, key: string): boolean {
    const messages = this.shared.state().conversations.get(jid)?.messages ?? [];
    return messages.some((m) => m.key === key && m.state === 'waiting');
  }

  private show({ jid, kind, name, key, body, file, at }: Waiting): void {
    const message: Message = {
      key,
      id: key,
      archiveId: undefined,
      author: this.shared.me.name,
      mine: true,
      body,
      files: file ? [file] : [],
      at,
      state: 'waiting',
      reason: undefined,
    };
    this.shared.change({ kind: 'queued', jid, of: kind, name, message });
  }

  /** Did words of the lost session arrive after all? The archive knows. */
  private async lookUp(conversation: Conversation): Promise<void> {
    const { jid } = conversation;
    const answer = await this.shared.archive.fetch(conversation, { newest: PAGE_SIZE });
    if (!answer.ok) return;
    const own = answer.value.rows
      .map((row) => this.shared.message(row.said, jid, row.id))
      .filter((message) => message.mine && this.isWaiting(jid, message.id));
    this.shared.change({ kind: 'page', jid, messages: own, where: 'newer', complete: false });
    this.delivered(own);
  }
}
