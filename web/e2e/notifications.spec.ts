// Notifications on this device. The browser's own push service cannot be reached from a test machine, so its subscription is
// handed in, and what the service would bring is given to the service worker with the developers' protocol.
import { expect, neighbours, test, unique, type Person } from './journey';

const ENDPOINT = 'https://push.example.net/send/journey';

/** A browser whose push service answers. The keys are those of RFC 8291 §5. */
async function withPushService(person: Person): Promise<void> {
  await person.context.grantPermissions(['notifications']);
  await person.page.addInitScript((endpoint) => {
    let current: unknown = null;
    const subscription = {
      endpoint,
      toJSON: () => ({
        endpoint,
        keys: {
          p256dh:
            'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
          auth: 'BTBZMqHH6r4Tts7J_aSIgg',
        },
      }),
      unsubscribe: () => {
        current = null;
        return Promise.resolve(true);
      },
    };
    PushManager.prototype.subscribe = () => {
      current = subscription;
      return Promise.resolve(subscription as unknown as PushSubscription);
    };
    PushManager.prototype.getSubscription = () =>
      Promise.resolve(current as PushSubscription | null);
  }, ENDPOINT);
  await person.page.reload();
}

const shown = (person: Person) =>
  person.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const all = (await registration?.getNotifications()) ?? [];
    return all.map(({ title, body, data }) => ({ title, body, data: data as unknown }));
  });

test('a member switches notifications on, is told how much waits, follows it, and switches them off', async ({
  person,
  ready,
}) => {
  const { one, other } = neighbours(ready);
  const reader = await person(one);
  await withPushService(reader);
  const devtools = await reader.context.newCDPSession(reader.page);
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) resolve(first.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');

  await reader.page.getByRole('link', { name: 'Einstellungen' }).click();
  const toggle = reader.page.getByRole('switch', { name: 'Benachrichtigungen' });
  await expect(toggle).toHaveAttribute('aria-checked', 'false');
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-checked', 'true');
  const offer = await reader.page.evaluate(
    async () => (await fetch('/api/push')).json() as unknown,
  );
  expect(offer).toMatchObject({ is_on: true });

  // Nobody looks any more, and somebody writes.
  const hide = (hidden: boolean) =>
    reader.page.evaluate((isHidden) => {
      Object.defineProperty(document, 'visibilityState', {
        configurable: true,
        get: () => (isHidden ? 'hidden' : 'visible'),
      });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await hide(true);
  const writer = await person(other);
  const news = () =>
    reader.page.evaluate(async () => (await fetch('/api/push/news')).json() as unknown);
  await writer.page.goto(`${ready.http}/person/${one.jid.split('@')[0] ?? ''}`);
  const words = unique('Sind Sie da?');
  await writer.page.getByRole('textbox', { name: /^Nachricht an/ }).fill(words);
  await writer.page.getByRole('textbox', { name: /^Nachricht an/ }).press('Enter');
  await expect.poll(news).toMatchObject({ count: 1, with: other.jid, name: null });

  await devtools.send('ServiceWorker.deliverPushMessage', {
    origin: ready.http,
    registrationId: await registered,
    data: '{"count":1}',
  });
  await expect
    .poll(() => shown(reader))
    .toEqual([{ title: 'Konvent', body: 'Eine neue Nachricht', data: { with: other.jid } }]);

  // A tap leads to the conversation.
  const [worker] = reader.context.serviceWorkers();
  if (!worker) throw new Error('no service worker');
  await worker.evaluate(async () => {
    interface Scope {
      registration: ServiceWorkerRegistration;
      dispatchEvent(event: Event): boolean;
      NotificationEvent: new (name: string, init: { notification: Notification }) => Event;
    }
    const scope = globalThis as unknown as Scope;
    const [notification] = await scope.registration.getNotifications();
    if (notification) {
      scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
    }
  });
  await hide(false);
  await expect(reader.page.getByRole('article').filter({ hasText: words })).toBeVisible();
  await expect.poll(() => shown(reader)).toEqual([]);
  // Whoever looks is owed nothing any more.
  await expect.poll(news).toMatchObject({ count: 0 });

  await reader.page.getByRole('link', { name: 'Einstellungen' }).click();
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-checked', 'false');
  expect(
    await reader.page.evaluate(async () => (await fetch('/api/push')).json() as unknown),
  ).toMatchObject({
    is_on: false,
  });
});

test('a browser that was told no says where to change it', async ({ person, ready }) => {
  const reader = await person(neighbours(ready).one);
  await reader.page.addInitScript(() => {
    Object.defineProperty(Notification, 'permission', { get: () => 'denied' });
  });
  await reader.page.reload();
  await reader.page.getByRole('link', { name: 'Einstellungen' }).click();
  await expect(reader.page.getByText(/lässt keine Benachrichtigungen/)).toBeVisible();
  await expect(reader.page.getByRole('switch')).toHaveCount(0);
});

test('an address that a notification opened leads to the conversation', async ({
  person,
  ready,
}) => {
  const { one, other } = neighbours(ready);
  const reader = await person(one);
  await reader.page.goto(`${ready.http}/?mit=${encodeURIComponent(other.jid)}`);
  await expect(reader.page).toHaveURL(/\/person\//);
});
