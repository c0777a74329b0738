// The signed-in member: session, conversations, and their way out. The one place where the headless core meets
// Svelte's reactivity.

import { realWorld } from '../core/world';
import { openOutbox } from '../sync/outbox';
import { Talk } from '../sync/talk';
import { nothingYet, type Change, type State } from '../sync/types';
import type { Upload, Uploads } from '../sync/upload';
import { webSocket, type Credentials } from '../xmpp/connection';
import * as api from './api';

export type Stage = 'starting' | 'unreachable' | 'signed-out' | 'in';

let stage = $state<Stage>('starting');
let session = $state.raw<api.Session | undefined>();
let talking = $state.raw<State>(nothingYet);
let talk: Talk | undefined;
let uploads: Promise<Uploads> | undefined;
let openFiles: () => Promise<Uploads> | undefined = () => undefined;
let sending = $state.raw<readonly Upload[]>([]);
let clearOutbox: () => Promise<void> = () => Promise.resolve();
const listeners = new Set<(change: Change, state: State) => void>();

export const member = {
  get stage(): Stage {
    return stage;
  },
  get session(): api.Session | undefined {
    return session;
  },
  get state(): State {
    return talking;
  },
  get talk(): Talk | undefined {
    return talk;
  },
  /** Fetched anew where that failed before; rejects when there is still no line. */
  get uploads(): Promise<Uploads> | undefined {
    return uploads ?? openFiles();
  },
  /** Files on their way to the server. */
  get sending(): readonly Upload[] {
    return sending;
  },
};

/** Tells every change, for what is said aloud and not drawn. The answer ends it. */
export function onChange(listen: (change: Change, state: State) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** The same for every stream of this browser, and only for this server (XEP-0388 §2.3). */
function deviceId(): string {
  const stored = localStorage.getItem('konvent.device');
  if (stored) return stored;
  const fresh = crypto.randomUUID();
  localStorage.setItem('konvent.device', fresh);
  return fresh;
}

/** Survives a reload of this page, but is not shared with another page of the same browser. */
function pageId(): string {
  const stored = sessionStorage.getItem('konvent.page');
  // A duplicated tab copies the session storage: whoever comes second gets an id of its own.
  const isReload = performance
    .getEntriesByType('navigation')
    .some((entry) => 'type' in entry && entry.type === 'reload');
  if (stored && isReload) return stored;
  const fresh = crypto.randomUUID();
  sessionStorage.setItem('konvent.page', fresh);
  return fresh;
}

export async function enter(): Promise<void> {
  const answer = await api.session();
  if (!answer.ok) {
    stage = answer.error.status === 401 ? 'signed-out' : 'unreachable';
    return;
  }
  await begin(answer.value);
}

/** What the session tells beside the connection (how much waits for an office) is asked again. */
export async function refresh(): Promise<void> {
  const answer = await api.session();
  if (answer.ok && session?.jid === answer.value.jid) session = answer.value;
}

async function begin(found: api.Session): Promise<void> {
  talk?.stop();
  void uploads?.then((old) => {
    old.stop();
  });
  const outbox = await openOutbox(found.jid, pageId());
  clearOutbox = async () => {
    await outbox.clear();
    await (await uploads)?.clear();
  };
  let current: api.Session | undefined = found;
  const credentials = async (
    fresh: boolean,
  ): Promise<Credentials | 'signed-out' | 'unreachable'> => {
    if (fresh || !current) {
      const answer = await api.session();
      if (!answer.ok) return answer.error.status === 401 ? 'signed-out' : 'unreachable';
      current = answer.value;
      session = answer.value;
    }
    return { jid: current.jid, domain: current.domain, token: current.token };
  };
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const mine = new Talk({
    world: realWorld,
    me: { jid: found.jid, name: found.name, rooms: found.rooms },
    connect: webSocket(`${scheme}://${location.host}/xmpp-websocket`),
    credentials,
    deviceId: deviceId(),
    outbox,
    changed: (state, change) => {
      if (talk !== mine) return;
      talking = state;
      for (const listen of listeners) listen(change, state);
    },
    signedOut: () => {
      if (talk === mine) leave();
    },
  });
  mine.look(document.visibilityState === 'visible');
  talk = mine;
  session = found;
  talking = nothingYet;
  stage = 'in';
  await mine.start();
  openFiles = () => {
    if (talk !== mine) return undefined;
    const opening = import('./uploads').then(({ openUploads }) =>
      openUploads(
        found,
        realWorld,
        (now) => {
          if (talk === mine) sending = now;
        },
        (jid, file) => mine.share(jid, file),
      ),
    );
    uploads = opening;
    // Without a line the chunk cannot come; whoever attaches a file then asks again.
    opening.catch(() => {
      if (uploads === opening) uploads = undefined;
    });
    return opening;
  };
  openFiles()?.catch(() => undefined);
}

function leave(): void {
  talk?.stop();
  void uploads?.then((old) => {
    old.stop();
  });
  talk = undefined;
  uploads = undefined;
  sending = [];
  session = undefined;
  talking = nothingYet;
  stage = 'signed-out';
}

export async function signOut(): Promise<boolean> {
  const answer = await api.signOut();
  if (!answer.ok && answer.error.status !== 401) return false;
  // Somebody else may sign in here: nothing of this person's is shown any more.
  if ('serviceWorker' in navigator && (await navigator.serviceWorker.getRegistration())) {
    await (await import('./push')).forget();
  }
  await clearOutbox();
  leave();
  return true;
}

/** Words and files that would be lost by signing out now. */
export function unsent(): number {
  let count = sending.length;
  for (const conversation of talking.conversations.values()) {
    count += conversation.messages.filter((message) => message.state === 'waiting').length;
  }
  return count;
}

export function listenToBrowser(): void {
  addEventListener('online', () => {
    talk?.hurry();
    void uploads?.then((own) => {
      own.hurry();
    });
  });
  addEventListener('offline', () => talk?.lost());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') talk?.hurry();
    else talk?.rest();
    talk?.look(document.visibilityState === 'visible');
  });
}
