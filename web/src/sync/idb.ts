// One store of IndexedDB, as promises. Left out: indexes, several stores, upgrades from older versions (there are none).

/** Waits for a request. */
export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('storage'));
    };
  });
}

/** Opens the one store of a database and hands out a way to it; its rows are found by their `key`. Rejects where the
 * browser refuses storage. */
export async function openStore(
  database: string,
  name: string,
): Promise<(mode: IDBTransactionMode) => IDBObjectStore> {
  const request = indexedDB.open(database, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(name, { keyPath: 'key' });
  };
  const base = await done(request);
  return (mode) => base.transaction(name, mode).objectStore(name);
}
