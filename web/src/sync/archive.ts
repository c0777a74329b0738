// Fetches pages of the archive (XEP-0313): gathers the rows that arrive as messages until the question is
// answered. Rows from anybody but the archive that was asked are thrown away.

import { err, ok, type Result } from '../core/result';
import type { Connection } from '../xmpp/connection';
import { bare } from '../xmpp/jid';
import { fin, query, row, type Archived } from '../xmpp/mam';
import { MAM } from '../xmpp/ns';
import type { Page } from '../xmpp/rsm';
import type { Refusal } from '../xmpp/stanza';
import { child } from '../xmpp/xml';

export const PAGE_SIZE = 50;

export interface Fetched {
  readonly rows: readonly Archived[];
  readonly complete: boolean;
}

interface Gathering {
  readonly from: string;
  readonly rows: Archived[];
}

export class Archive {
  private readonly connection: Connection;
  private readonly me: string;
  private readonly open = new Map<string, Gathering>();

  constructor(connection: Connection, me: string) {
    this.connection = connection;
    this.me = me;
  }

  /** Takes a row that answers one of our questions; says whether the stanza was one. */
  gather(stanza: Element): boolean {
    const result = child(stanza, 'result', MAM);
    const gathering = this.open.get(result?.getAttribute('queryid') ?? '');
    if (!result || !gathering) return false;
    const from = bare(stanza.getAttribute('from') ?? this.me);
    const archived = row(result);
    if (archived && from === gathering.from) gathering.rows.push(archived);
    return true;
  }

  async fetch(
    conversation: { jid: string; kind: 'room' | 'person' },
    wanted: Page,
  ): Promise<Result<Fetched, Refusal>> {
    const isRoom = conversation.kind === 'room';
    const gathering: Gathering = { from: isRoom ? conversation.jid : this.me, rows: [] };
    let queryId = '';
    const answer = await this.connection.ask((id) => {
      queryId = id;
      this.open.set(id, gathering);
      return isRoom
        ? query(id, conversation.jid, undefined, wanted)
        : query(id, undefined, conversation.jid, wanted);
    });
    this.open.delete(queryId);
    if (!answer.ok) return answer;
    const end = fin(answer.value);
    if (!end) return err({ condition: 'bad-answer', text: '' });
    return ok({ rows: gathering.rows, complete: end.complete });
  }
}
