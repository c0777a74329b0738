// Words that wait for the server, kept in IndexedDB so that a reload loses none. Left out: encryption at rest
// (comes with the local message store); signing out empties it.

import type { SharedFile } from '../xmpp/files';
import { done, openStore } from './idb';

export interface Waiting {
  readonly key: string;
  readonly jid: string;
  readonly kind: 'room' | 'person';
  readonly name: string;
  readonly body: string;
  readonly file?: SharedFile;
  readonly at: number;
  /** It may have reached the server before: look into the archive before it is sent again. */
  readonly attempted: boolean;
}

/** A row also says which page of the browser looks after it: two open pages must not both send it. */
type Row = Waiting & { readonly page: string };

export interface Outbox {
  all(): Promise<Waiting[]>;
  put(waiting: Waiting): Promise<void>;
  remove(key: string): Promise<void>;
  clear(): Promise<void>;
}

function isRow(value: unknown): value is Row {
  const row = value as Partial<Row> | null;
  return (
    typeof row === 'object' &&
    typeof row?.key === 'string' &&
    typeof row.jid === 'string' &&
    typeof row.body === 'string' &&
    typeof row.at === 'number'
  );
}

/** Ids of the pages that are open right now; each holds a lock (Web Locks) as long as it lives. */
async function openPages(): Promise<Set<string | undefined> | undefined> {
  if (!('locks' in navigator)) return undefined;
  const { held } = await navigator.locks.query();
  return new Set((held ?? []).map((lock) => lock.name));
}

function holdLock(name: string): void {
  if (!('locks' in navigator)) return;
  void navigator.locks
    .request(name, () => new Promise<never>(() => undefined))
    .catch(() => undefined);
}

/** The outbox of one account. Where the browser refuses storage it lives in memory only. */
export async function openOutbox(account: string, page: string): Promise<Outbox> {
  const store = await openStore(`konvent-${account}`, 'outbox').catch(() => undefined);
  if (store === undefined) return memoryOutbox();
  const rows = async () => {
    const all: unknown[] = await done(store('readonly').getAll());
    return all.filter(isRow).sort((a, b) => a.at - b.at);
  };
  const put = async (row: Row) => {
    await done(store('readwrite').put(row));
  };
  holdLock(page);
  // Rows of pages that are closed become ours.
  const open = await openPages();
  for (const row of await rows()) {
    if (row.page !== page && !open?.has(row.page)) await put({ ...row, page });
  }
  return {
    all: async () => (await rows()).filter((row) => row.page === page),
    put: (waiting) => put({ ...waiting, page }),
    async remove(key) {
      await done(store('readwrite').delete(key));
    },
    async clear() {
      await done(store('readwrite').clear());
    },
  };
}

export function memoryOutbox(): Outbox {
  const rows = new Map<string, Waiting>();
  return {
    all: () => Promise.resolve([...rows.values()].sort((a, b) => a.at - b.at)),
    put(waiting) {
      rows.set(waiting.key, waiting);
      return Promise.resolve();
    },
    remove(key) {
      rows.delete(key);
      return Promise.resolve();
    },
    clear() {
      rows.clear();
      return Promise.resolve();
    },
  };
}
