// Reads an archive (.bel): records of an old-style tar without end blocks, to the byte (§4.4).

import { bytesOf, hex, sha256 } from './hash';

export interface Entry {
  readonly kind: 'header' | 'data' | 'event';
  /** The hash in its name. */
  readonly hash: string;
  /** Whether that is the hash of its body. */
  readonly isNamedWell: boolean;
  readonly time: number;
  /** Empty when the bytes are no UTF-8: such a body is nothing that the protocol writes. */
  readonly body: string;
}

export interface Records {
  readonly entries: readonly Entry[];
  /** Why reading stopped early. */
  readonly fault: string | undefined;
}

const BLOCK = 512;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The block that must stand before a body. */
export function header(name: string, size: number, time: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const octal = (value: number) => value.toString(8).padStart(11, '0');
  const fields: readonly (readonly [number, string])[] = [
    [0, name],
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [124, octal(size)],
    [136, octal(time)],
    [148, '        '],
    [156, '0'],
  ];
  for (const [start, field] of fields) {
    block.set(bytesOf(field), start);
  }
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return block;
}

const same = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

function decode(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch {
    return '';
  }
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** All records of an archive in memory. */
export function readRecords(bytes: Uint8Array): Records {
  const entries: Entry[] = [];
  let place = 0;
  const stop = (fault: string): Records => ({ entries, fault });
  while (place < bytes.length) {
    const block = bytes.subarray(place, place + BLOCK);
    if (block.length < BLOCK) {
      return stop('archive.truncated');
    }
    if (block.every((byte) => byte === 0)) {
      return stop('archive.trailing');
    }
    const end = block.indexOf(0);
    const name = ascii(block.subarray(0, end < 0 ? 0 : Math.min(end, 100)));
    const match = /^([0-9a-f]{64})\.(data|event)\.json$/u.exec(name);
    const numbers = [124, 136].map((start) => ascii(block.subarray(start, start + 11)));
    const [size, time] = numbers.map((n) => (/^[0-7]{11}$/u.test(n) ? Number.parseInt(n, 8) : -1));
    const known = name === 'BELENIOS' || match !== null;
    if (!known || size === undefined || time === undefined || size < 0 || time < 0) {
      return stop('archive.record');
    }
    if (!same(block, header(name, size, time))) {
      return stop('archive.record');
    }
    const start = place + BLOCK;
    const next = start + Math.ceil(size / BLOCK) * BLOCK;
    if (next > bytes.length) {
      return stop('archive.truncated');
    }
    if (!bytes.subarray(start + size, next).every((byte) => byte === 0)) {
      return stop('archive.record');
    }
    const body = bytes.subarray(start, start + size);
    const kind = match === null ? 'header' : match[2] === 'data' ? 'data' : 'event';
    const found = hex(sha256(body));
    const hash = match?.[1] ?? found;
    entries.push({ kind, hash, isNamedWell: hash === found, time, body: decode(body) });
    place = next;
  }
  return { entries, fault: undefined };
}
