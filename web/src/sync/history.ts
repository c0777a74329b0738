// Fills conversations from the archive: backwards while one scrolls, forwards after a session was lost.

import { PAGE_SIZE } from './archive';
import { newestArchived, oldestArchived } from './messages';
import type { Shared } from './shared';
import type { Message } from './types';

const MAX_LINE_PAGES = 4; // so far back the first unread message is looked for
const MAX_CATCH_UP_PAGES = 4; // a longer gap is not filled; the history is fetched anew from its end

export class HistoryLoader {
  private readonly shared: Shared;
  private readonly loaded: (jid: string, messages: readonly Message[]) => void;

  constructor(shared: Shared, loaded: (jid: string, messages: readonly Message[]) => void) {
    this.shared = shared;
    this.loaded = loaded;
  }

  /** The next page before what is known; the newest one when nothing is. */
  async older(jid: string): Promise<void> {
    const conversation = this.shared.state().conversations.get(jid);
    if (!conversation || !this.shared.connection.isReady) return;
    const { history } = conversation;
    if (history === 'loading' || history === 'complete') return;
    const before = history === 'unknown' ? undefined : oldestArchived(conversation.messages);
    this.shared.change({ kind: 'history', jid, history: 'loading' });
    const answer = await this.shared.archive.fetch(
      conversation,
      before === undefined ? { newest: PAGE_SIZE } : { before, max: PAGE_SIZE },
    );
    if (!answer.ok) {
      // A broken line is no failure: it will be asked again.
      const isBroken = answer.error.condition === 'not-connected';
      this.shared.change({ kind: 'history', jid, history: isBroken ? history : 'failed' });
      return;
    }
    const { rows, complete } = answer.value;
    const messages = rows.map((row) => this.shared.message(row.said, jid, row.id));
    this.shared.change({ kind: 'page', jid, messages, where: 'older', complete });
    this.loaded(jid, messages);
    await this.findLine(jid);
  }

  /** What did I miss, in the conversations already loaded, while there was no session? */
  async catchUp(isCurrent: () => boolean): Promise<void> {
    for (const { jid } of [...this.shared.state().conversations.values()]) {
      for (let page = 0; isCurrent(); page++) {
        if (!(await this.newer(jid, page))) break;
      }
    }
    const { active, conversations } = this.shared.state();
    if (!isCurrent() || active === undefined) return;
    if (conversations.get(active)?.history === 'unknown') await this.older(active);
    else await this.findLine(active);
  }

  /** More was unread than one page holds: goes on until the first of it is there. */
  private async findLine(jid: string): Promise<void> {
    const { conversations, active } = this.shared.state();
    const conversation = conversations.get(jid);
    if (!conversation || conversation.lineOwed === 0 || active !== jid) return;
    const isFar = conversation.messages.length >= MAX_LINE_PAGES * PAGE_SIZE;
    if (conversation.history === 'more' && !isFar) await this.older(jid);
    else this.shared.change({ kind: 'line-given-up', jid });
  }

  /** One page forwards; says whether another may follow. */
  private async newer(jid: string, page: number): Promise<boolean> {
    const conversation = this.shared.state().conversations.get(jid);
    if (!conversation) return false;
    const after = newestArchived(conversation.messages);
    const isKnown = conversation.history !== 'unknown' && after !== undefined;
    const answer =
      isKnown && page < MAX_CATCH_UP_PAGES
        ? await this.shared.archive.fetch(conversation, { after, max: PAGE_SIZE })
        : undefined;
    if (!answer?.ok) {
      // Also for what was heard live but never loaded: there is a gap behind it now.
      this.shared.change({ kind: 'reset', jid });
      return false;
    }
    const { rows, complete } = answer.value;
    const messages = rows.map((row) => this.shared.message(row.said, jid, row.id));
    this.shared.change({ kind: 'page', jid, messages, where: 'newer', complete: false });
    this.loaded(jid, messages);
    return !complete && rows.length > 0;
  }
}
