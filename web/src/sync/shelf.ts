// Files that wait to be sent, kept in IndexedDB so that a closed page or an empty battery loses none. Signing out empties
// it. Left out: encryption at rest (comes with the local message store).

import { done, openStore } from './idb';
import { memoryShelf, type Sending, type Shelf } from './upload';

function isSending(value: unknown): value is Sending {
  const file = value as Partial<Sending> | null;
  return (
    typeof file === 'object' &&
    typeof file?.key === 'string' &&
    typeof file.jid === 'string' &&
    typeof file.name === 'string' &&
    typeof file.at === 'number' &&
    file.content instanceof Blob
  );
}

/** The shelf of one account. Only one page of the browser works with it; the others keep theirs in memory. */
export async function openShelf(account: string): Promise<Shelf> {
  const name = `konvent-files-${account}`;
  if (!(await claim(name))) return memoryShelf();
  const store = await openStore(name, 'sending').catch(() => undefined);
  if (store === undefined) return memoryShelf();
  return {
    async all() {
      const all: unknown[] = await done(store('readonly').getAll());
      return all.filter(isSending).sort((a, b) => a.at - b.at);
    },
    async put(file) {
      await done(store('readwrite').put(file));
    },
    async remove(key) {
      await done(store('readwrite').delete(key));
    },
    async clear() {
      await done(store('readwrite').clear());
    },
  };
}

/** Takes a lock (Web Locks) that lasts as long as the page. */
function claim(name: string): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise<never>(() => undefined);
      })
      .catch(() => {
        resolve(false);
      });
  });
}
