// How far I have read, told to my other devices (XEP-0490) and heard from them.

import { publishSeen, seen } from '../xmpp/displayed';
import type { Item } from '../xmpp/pubsub';
import { newestArchived } from './messages';
import type { Shared } from './shared';

const DELAY_MS = 600; // several messages seen in a row are told once

export class ReadPosition {
  private readonly shared: Shared;
  private readonly told = new Map<string, string>();
  private cancel: () => void = () => undefined;

  constructor(shared: Shared) {
    this.shared = shared;
  }

  stop(): void {
    this.cancel();
  }

  /** The newest message of the active conversation is being looked at. */
  soon(): void {
    this.cancel();
    this.cancel = this.shared.world.after(DELAY_MS, () => {
      this.tell();
    });
  }

  tell(): void {
    this.cancel();
    const { active, attending, conversations } = this.shared.state();
    const conversation = active === undefined ? undefined : conversations.get(active);
    if (!conversation || !attending || !this.shared.connection.isReady) return;
    const { jid } = conversation;
    const id = newestArchived(conversation.messages);
    if (id === undefined || this.told.get(jid) === id) return;
    const by = conversation.kind === 'room' ? jid : this.shared.me.jid;
    this.told.set(jid, id);
    void this.shared.connection.ask((iqId) => publishSeen(iqId, jid, id, by));
  }

  /** Another device of mine has read. */
  heard(items: readonly Item[]): void {
    for (const item of items) {
      const position = seen(item);
      if (!position) continue;
      this.told.set(position.jid, position.id);
      this.shared.change({ kind: 'displayed', ...position });
    }
  }
}
