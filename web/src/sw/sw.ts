// The service worker: shows that something waits while no page of ours is open. What the push service brings says only
// how much; what may be shown is asked of our own server, with the member's cookie. It imports nothing, so that it is
// one file at a lasting address, and holds no words: the page leaves them here in the member's language.

interface Extendable {
  waitUntil(done: Promise<unknown>): void;
}
interface Pushed extends Extendable {
  readonly data: { json(): unknown } | null;
}
interface Tapped extends Extendable {
  readonly notification: Notification;
}
interface Page {
  readonly url: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}
interface Worker {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(options: { type: 'window' }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  addEventListener(name: 'push', listen: (event: Pushed) => void): void;
  addEventListener(name: 'notificationclick', listen: (event: Tapped) => void): void;
  addEventListener(name: 'activate', listen: (event: Extendable) => void): void;
}
const worker = globalThis as unknown as Worker;

/** Where the page leaves the words. */
const WORDS = '/konvent-push-words';
const SHELF = 'konvent-push';

/** A service worker that shows nothing for too long is ended by the browser. */
const PATIENCE_MS = 8000;

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

async function json(answer: Promise<Response | undefined>): Promise<Record<string, unknown>> {
  try {
    const found = await answer;
    return found?.ok ? { ...fields(await found.json()) } : {};
  } catch {
    return {};
  }
}

function counted(pushed: Pushed): number {
  try {
    const count = fields(pushed.data?.json())['count'];
    return typeof count === 'number' && count > 0 ? Math.floor(count) : 1;
  } catch {
    return 1;
  }
}

async function show(pushed: Pushed): Promise<void> {
  const [words, news] = await Promise.all([
    json(caches.open(SHELF).then((shelf) => shelf.match(WORDS))),
    json(
      fetch('/api/push/news', {
        credentials: 'same-origin',
        signal: AbortSignal.timeout(PATIENCE_MS),
      }),
    ),
  ]);
  const known = news['count'];
  const count = typeof known === 'number' && known > 0 ? known : counted(pushed);
  const body = text(words[count === 1 ? 'one' : 'many']).replace('{count}', String(count));
  const options = {
    body,
    tag: 'konvent', // one notification, always the newest
    renotify: true,
    icon: '/icon.svg',
    lang: text(words['lang']),
    data: { with: text(news['with']) },
  };
  await worker.registration.showNotification(text(news['name']) || 'Konvent', options);
}

async function open(notification: Notification): Promise<void> {
  notification.close();
  const jid = text(fields(notification.data)['with']);
  const [page] = await worker.clients.matchAll({ type: 'window' });
  if (!page) {
    await worker.clients.openWindow(jid ? `/?mit=${encodeURIComponent(jid)}` : '/');
    return;
  }
  page.postMessage({ open: jid });
  await page.focus();
}

worker.addEventListener('push', (event) => {
  event.waitUntil(show(event));
});
worker.addEventListener('notificationclick', (event) => {
  event.waitUntil(open(event.notification));
});
worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});
