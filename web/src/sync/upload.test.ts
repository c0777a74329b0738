// A server that loses the line now and then, and a clock turned by hand.
import { expect, test } from 'vitest';
import { err, ok } from '../core/result';
import type { SharedFile } from '../xmpp/files';
import { Clock } from './scripted';
import { memoryShelf, Uploads, type Pieces, type Shelf, type Upload } from './upload';

class Server implements Pieces {
  received = 0;
  created = 0;
  /** The line breaks after so many bytes, once for each entry. */
  breaks: number[] = [];
  refusal: { status: number; code: string } | undefined;
  isKnown = true;
  create() {
    if (this.refusal) return Promise.resolve(err(this.refusal));
    this.created += 1;
    this.received = 0;
    this.isKnown = true;
    return Promise.resolve(ok({ location: `/api/uploads/${this.created}`, url: 'https://x/f' }));
  }
  offset() {
    return Promise.resolve(
      this.isKnown ? ok(this.received) : err({ status: 404, code: 'upload.unknown' }),
    );
  }
  send(_: string, content: Blob, offset: number, progress: (sent: number) => void) {
    const least = this.breaks.shift();
    const rest = content.size - offset;
    progress(least ?? rest);
    this.received = offset + Math.min(least ?? rest, rest);
    return Promise.resolve(
      least === undefined ? ok(this.received) : err({ status: 0, code: 'unreachable' }),
    );
  }
  giveUp() {
    this.isKnown = false;
    return Promise.resolve();
  }
}

function stage(server = new Server(), shelf: Shelf = memoryShelf()) {
  const clock = new Clock();
  const told: SharedFile[] = [];
  let shown: readonly Upload[] = [];
  let listed = true;
  const isListed = () => listed;
  let held: Promise<undefined> = Promise.resolve(undefined);
  const uploads = new Uploads({
    world: clock,
    pieces: server,
    shelf,
    changed: (now) => (shown = now),
    whole: async (_, file) => {
      await held;
      return isListed() && told.push(file) > 0;
    },
  });
  const add = (size: number) =>
    uploads.add('a@x', { name: 'f', type: 'image/png', content: new Blob(['x'.repeat(size)]) });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    clock,
    told,
    uploads,
    add,
    settle,
    server,
    shelf,
    shown: () => shown,
    list: (now: boolean) => (listed = now),
    /** Telling takes until the answer is called. */
    hold: () => {
      let letGo: (() => void) | undefined;
      held = new Promise((resolve) => {
        letGo = () => {
          resolve(undefined);
        };
      });
      return () => letGo?.();
    },
  };
}

test('a file is sent and told', async () => {
  const { add, settle, told, shown, shelf } = stage();
  await add(10);
  await settle();
  expect(told).toEqual([
    {
      url: 'https://x/f',
      name: 'f',
      size: 10,
      type: 'image/png',
      width: undefined,
      height: undefined,
    },
  ]);
  expect(shown()).toEqual([]);
  expect(await shelf.all()).toEqual([]);
});

test('a broken line is waited for, and only the rest is sent', async () => {
  const { add, settle, told, shown, server, clock } = stage();
  server.breaks = [4];
  await add(10);
  await settle();
  expect(shown()).toMatchObject([{ state: 'waiting' }]);
  clock.pass(1_000);
  await settle();
  expect(told).toHaveLength(1);
  expect(server.created).toBe(1);
});

test('a file that is just being told is not told again because of the next one', async () => {
  const { add, settle, told, uploads, hold } = stage();
  const letGo = hold();
  await add(10);
  await settle();
  await add(20);
  uploads.hurry();
  await settle();
  letGo();
  await settle();
  expect(told.map((file) => file.size)).toEqual([10, 20]);
});

test('after a reload it goes on; what the server has forgotten begins anew', async () => {
  const first = stage();
  first.server.breaks = [4];
  await first.add(10);
  await first.settle();
  first.uploads.stop();
  const second = stage(first.server, first.shelf);
  await second.uploads.restore();
  await second.settle();
  expect(second.told).toHaveLength(1);
  expect(first.server.created).toBe(1);

  const third = stage();
  third.server.breaks = [4];
  await third.add(10);
  await third.settle();
  third.server.isKnown = false;
  third.uploads.hurry();
  await third.settle();
  expect(third.told).toHaveLength(1);
  expect(third.server.created).toBe(2);
});

test('what is refused is said, and can be tried again or left', async () => {
  const { add, settle, told, shown, server, uploads, shelf } = stage();
  server.refusal = { status: 429, code: 'upload.account-full' };
  await add(10);
  await settle();
  expect(shown()).toMatchObject([{ state: 'failed', reason: 'upload.account-full' }]);
  server.refusal = undefined;
  uploads.retry(shown()[0]?.key ?? '');
  await settle();
  expect(told).toHaveLength(1);
  server.refusal = { status: 413, code: 'upload.too-large' };
  await add(10);
  await settle();
  await uploads.cancel(shown()[0]?.key ?? '');
  expect(shown()).toEqual([]);
  expect(await shelf.all()).toEqual([]);
});

test('a server that takes nothing does not keep us for ever', async () => {
  const { add, settle, shown, server } = stage();
  server.send = () => Promise.resolve(ok(0));
  await add(10);
  await settle();
  expect(shown()).toMatchObject([{ state: 'waiting' }]);
});

test('a file for a conversation that is not listed yet is kept until it is', async () => {
  const { add, settle, told, list, clock, server } = stage();
  list(false);
  await add(10);
  await settle();
  expect(told).toEqual([]);
  list(true);
  clock.pass(1_000);
  await settle();
  expect(told).toHaveLength(1);
  expect(server.created).toBe(1);
});
