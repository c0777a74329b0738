// Notifications on this device: asking for them, and letting them go. Loaded when somebody looks at the settings or signs
// out. The browser asks its person only after a click.

import { fields, text } from '../core/json';
import { err, ok, type Result } from '../core/result';
import { request } from './api';

/** How it stands on this device. */
export type Told =
  | 'on'
  | 'off'
  /** The person has told the browser no; only the browser's own settings change that. */
  | 'denied'
  /** This browser cannot, or not before the page is put on the home screen. */
  | 'unable'
  /** The organisation does not offer it. */
  | 'not-offered';

/** What the service worker shows, in the member's language. */
export interface Words {
  readonly lang: string;
  readonly one: string;
  readonly many: string;
}

const WORKER = '/sw.js';
const SHELF = 'konvent-push';
const WORDS = '/konvent-push-words';

interface Offer {
  readonly key: string;
  readonly isOn: boolean;
}

function readOffer(body: unknown): Offer {
  const f = fields(body);
  return { key: text(f['public_key']), isOn: f['is_on'] === true };
}

const offer = () => request('GET', '/api/push', readOffer);

function isAble(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

export async function told(): Promise<Result<Told, string>> {
  if (!isAble()) return ok('unable');
  const answer = await offer();
  if (!answer.ok) return err(answer.error.code);
  if (!answer.value.key) return ok('not-offered');
  if (Notification.permission === 'denied') return ok('denied');
  const isHere = Notification.permission === 'granted' && (await subscription()) !== null;
  return ok(answer.value.isOn && isHere ? 'on' : 'off');
}

/** Leaves the words where the service worker finds them. */
export async function leaveWords(words: Words): Promise<void> {
  const shelf = await caches.open(SHELF);
  await shelf.put(WORDS, Response.json(words));
}

/** Must be called from a click: the browser asks its person now. */
export async function turnOn(words: Words): Promise<Result<Told, string>> {
  if (!isAble()) return ok('unable');
  const permission = await Notification.requestPermission();
  if (permission !== 'granted') return ok(permission === 'denied' ? 'denied' : 'off');
  const answer = await offer();
  if (!answer.ok) return err(answer.error.code);
  if (!answer.value.key) return ok('not-offered');
  try {
    await leaveWords(words);
    await navigator.serviceWorker.register(WORKER);
    const registration = await navigator.serviceWorker.ready;
    const made = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: answer.value.key,
    });
    const { endpoint, keys } = made.toJSON();
    const kept = await request('POST', '/api/push', () => undefined, {
      endpoint: endpoint ?? '',
      keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
    });
    if (kept.ok) return ok('on');
    await made.unsubscribe();
    return err(kept.error.code);
  } catch {
    return err('push.no-service');
  }
}

/** Nothing more comes to this device. */
export async function turnOff(): Promise<Result<Told, string>> {
  const answer = await request('DELETE', '/api/push', () => undefined);
  await forget();
  return answer.ok ? ok('off') : err(answer.error.code);
}

/** What this browser keeps of it goes; the server forgets by itself when the device is signed out. */
export async function forget(): Promise<void> {
  if (!isAble()) return;
  try {
    await (await subscription())?.unsubscribe();
    const registration = await navigator.serviceWorker.getRegistration(WORKER);
    for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
    await registration?.unregister();
    await caches.delete(SHELF);
  } catch {
    // The browser has forgotten it already.
  }
}
