// Sends files in pieces (tus 1.0.0), one after the other: breaks off with the network, goes on where it was, also
// after the page was closed. What is whole is told to the conversation. HTTP, time and storage are handed in.

import type { Result } from '../core/result';
import type { World } from '../core/world';
import type { SharedFile } from '../xmpp/files';

/** A file that waits to be sent, as it is kept. */
export interface Sending {
  readonly key: string;
  readonly jid: string;
  readonly name: string;
  readonly type: string;
  readonly content: Blob;
  readonly at: number;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Where it goes on, once the server has promised a place. */
  readonly location?: string;
  /** Where others will fetch it. */
  readonly url?: string;
}

/** A file that is being sent, as it is shown. */
export interface Upload {
  readonly key: string;
  readonly jid: string;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly state: 'sending' | 'waiting' | 'failed';
  /** Why it failed: the server's code. */
  readonly reason: string;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
}

export interface Place {
  readonly location: string;
  readonly url: string;
}

/** The HTTP side: `src/app/tus.ts` in a browser. */
export interface Pieces {
  create(file: Sending): Promise<Result<Place, Problem>>;
  /** How many bytes the server has. */
  offset(location: string): Promise<Result<number, Problem>>;
  /** Sends `content` from `offset` on and says how many bytes the server has then. */
  send(
    location: string,
    content: Blob,
    offset: number,
    progress: (sent: number) => void,
    stop: AbortSignal,
  ): Promise<Result<number, Problem>>;
  giveUp(location: string): Promise<void>;
}

/** Where waiting files are kept. */
export interface Shelf {
  all(): Promise<Sending[]>;
  put(file: Sending): Promise<void>;
  remove(key: string): Promise<void>;
  clear(): Promise<void>;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

interface Options {
  readonly world: World;
  readonly pieces: Pieces;
  readonly shelf: Shelf;
  readonly changed: (uploads: readonly Upload[]) => void;
  /** The file is whole: tell it. False: it can't be told yet, and is kept. */
  readonly whole: (jid: string, file: SharedFile) => Promise<boolean>;
}

export class Uploads {
  private readonly options: Options;
  private readonly waiting = new Map<string, Sending>();
  private readonly shown = new Map<string, Upload>();
  private current: { key: string; stop: AbortController } | undefined;
  private tries = 0;
  private cancelTimer: () => void = () => undefined;
  private stopped = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** Goes on with what an earlier page left behind. */
  async restore(): Promise<void> {
    for (const file of await this.options.shelf.all()) this.enlist(file);
    void this.work();
  }

  async add(
    jid: string,
    file: { name: string; type: string; content: Blob; width?: number; height?: number },
  ): Promise<void> {
    const { world, shelf } = this.options;
    const { name, type, content, width, height } = file;
    const sending: Sending = {
      ...{ key: world.id(), jid, name, type, content, at: world.now(), width, height },
    };
    this.enlist(sending);
    await shelf.put(sending).catch(() => undefined); // too large for the browser's storage: lives as long as the page
    void this.work();
  }

  async cancel(key: string): Promise<void> {
    const file = this.waiting.get(key);
    this.waiting.delete(key);
    this.shown.delete(key);
    if (this.current?.key === key) this.current.stop.abort();
    this.tell();
    await this.options.shelf.remove(key);
    if (file?.location !== undefined) await this.options.pieces.giveUp(file.location);
  }

  retry(key: string): void {
    this.show(key, { state: 'sending', reason: '' });
    this.hurry();
  }

  /** The network is back, or somebody looks: don't wait any longer. */
  hurry(): void {
    this.tries = 0;
    this.cancelTimer();
    void this.work();
  }

  /** Forgets everything: somebody signs out. */
  async clear(): Promise<void> {
    this.stop();
    await this.options.shelf.clear();
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer();
    this.current?.stop.abort();
  }

  private async work(): Promise<void> {
    if (this.current || this.stopped) return;
    const next = [...this.waiting.values()].find(
      (file) => this.shown.get(file.key)?.state !== 'failed',
    );
    if (!next) return;
    const current = { key: next.key, stop: new AbortController() };
    this.current = current;
    this.show(next.key, { state: 'sending' });
    const done = await this.send(next, current.stop.signal);
    const isWanted = !this.isOver() && this.waiting.has(next.key);
    // Still its turn while it is told: somebody who adds another file now must not have this one told twice.
    const isTold = done.ok && isWanted && (await this.finish(done.value));
    this.current = undefined;
    if (isTold) this.tries = 0;
    else if (isWanted && (done.ok || isPassing(done.error))) {
      this.wait(next.key);
      return;
    } else if (isWanted && !done.ok) {
      this.show(next.key, { state: 'failed', reason: done.error.code });
    }
    void this.work();
  }

  private wait(key: string): void {
    this.show(key, { state: 'waiting' });
    const ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    this.tries += 1;
    this.cancelTimer();
    this.cancelTimer = this.options.world.after(ms, () => void this.work());
  }

  private async send(file: Sending, stop: AbortSignal): Promise<Result<Sending, Problem>> {
    const { pieces } = this.options;
    let promised = file;
    let offset = 0;
    if (promised.location !== undefined) {
      const known = await pieces.offset(promised.location);
      if (known.ok) offset = known.value;
      else if (known.error.status === 404) promised = without(promised);
      else return known;
    }
    if (promised.location === undefined) {
      const place = await pieces.create(promised);
      if (!place.ok) return place;
      promised = { ...promised, ...place.value };
      await this.keep(promised);
    }
    const location = promised.location ?? '';
    const size = promised.content.size;
    while (offset < size) {
      this.show(file.key, { sent: offset });
      const from = offset;
      const sent = await pieces.send(
        location,
        promised.content,
        from,
        (bytes) => {
          this.show(file.key, { sent: from + bytes });
        },
        stop,
      );
      if (!sent.ok) return sent;
      // A server that takes nothing would keep us here for ever.
      if (sent.value <= offset) return { ok: false, error: { status: 500, code: 'other' } };
      offset = sent.value;
    }
    return { ok: true, value: promised };
  }

  private async finish(file: Sending): Promise<boolean> {
    const { key, jid, name, type, content, width, height, url = '' } = file;
    const shared = { url, name, size: content.size, type, width, height };
    if (!(await this.options.whole(jid, shared))) return false;
    this.waiting.delete(key);
    this.shown.delete(key);
    this.tell();
    await this.options.shelf.remove(key);
    return true;
  }

  private async keep(file: Sending): Promise<void> {
    if (!this.waiting.has(file.key)) return;
    this.waiting.set(file.key, file);
    await this.options.shelf.put(file).catch(() => undefined);
  }

  private isOver(): boolean {
    return this.stopped;
  }

  private enlist(file: Sending): void {
    this.waiting.set(file.key, file);
    const { key, jid, name, content } = file;
    const state = 'waiting' as const;
    this.shown.set(key, { key, jid, name, size: content.size, sent: 0, state, reason: '' });
    this.tell();
  }

  private show(key: string, news: Partial<Upload>): void {
    const upload = this.shown.get(key);
    if (!upload) return;
    this.shown.set(key, { ...upload, ...news });
    this.tell();
  }

  private tell(): void {
    this.options.changed([...this.shown.values()]);
  }
}

/** Whether it may go well later by itself: no network, a server in trouble, another connection still at it. */
function isPassing({ status, code }: Problem): boolean {
  return status === 0 || status >= 500 || [408, 409, 423].includes(status) || code === 'aborted';
}

function without(file: Sending): Sending {
  const { key, jid, name, type, content, at, width, height } = file;
  return { key, jid, name, type, content, at, width, height };
}

export function memoryShelf(): Shelf {
  const files = new Map<string, Sending>();
  return {
    all: () => Promise.resolve([...files.values()].sort((a, b) => a.at - b.at)),
    put: (file) => Promise.resolve(void files.set(file.key, file)),
    remove: (key) => Promise.resolve(void files.delete(key)),
    clear: () => {
      files.clear();
      return Promise.resolve();
    },
  };
}
