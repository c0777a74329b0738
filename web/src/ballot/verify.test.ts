// The archives are made by the crate (ballot/src/vectors.rs, ballot/src/verify/tests/tamper): both
// verifiers find the same codes in each.

import { expect, test } from 'vitest';

import { header } from './archive';
import forged from './forgeries.json';
import { bytesOf, hex, numberOf, sha256 } from './hash';
import { parseJson } from './json';
import vectors from './vectors.json';
import { verifyArchive } from './verify';
import { verify } from './worker';

const unpack = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** A record as the crate writes it. */
function record(kind: string, body: string): Uint8Array {
  const bytes = bytesOf(body);
  const name = `${hex(sha256(bytes))}.${kind === 'd' ? 'data' : 'event'}.json`;
  const out = new Uint8Array(512 + Math.ceil(bytes.length / 512) * 512);
  out.set(header(kind === 'h' ? 'BELENIOS' : name, bytes.length, forged.time));
  out.set(bytes, 512);
  return out;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** An archive from kinds and places of bodies. */
function build(records: readonly (readonly unknown[])[]): Uint8Array {
  return join(
    records.map(([kind, place]) => record(String(kind), forged.bodies[Number(place)] ?? '')),
  );
}

const found = (archive: Uint8Array) =>
  [...new Set(verifyArchive(archive).findings.map((finding) => finding.code))].sort();

test.each(vectors.archives)('archive: $name', { timeout: 60_000 }, (vector) => {
  const archive = unpack(vector.archive);
  expect(found(archive)).toEqual(vector.codes);
  expect(verifyArchive(archive).complete).toBe(vector.codes.length === 0);
});

test('taking an archive apart changes nothing', () => {
  expect(found(build(forged.sound))).toEqual([]);
});

test.each(forged.forgeries)('forgery: $name', ({ codes, records, splice }) => {
  const sound = build(forged.sound);
  const [start, removed, bytes] = splice ?? [];
  const archive =
    records !== undefined
      ? build(records)
      : join([
          sound.slice(0, Number(start)),
          unpack(String(bytes)),
          sound.slice(Number(start) + Number(removed)),
        ]);
  expect(found(archive)).toEqual(codes);
  expect(codes).not.toEqual([]);
});

test('no bytes make the verifier throw', { timeout: 60_000 }, () => {
  const sound = unpack(vectors.archives[0]?.archive ?? '');
  for (let i = 0; i < 8; i += 1) {
    const random = numberOf(sha256(`flip ${String(i)}`));
    const place = Number(random % BigInt(sound.length));
    const bad = sound.slice();
    bad[place] = (bad[place] ?? 0) ^ (1 << Number((random >> 64n) % 8n));
    expect(verifyArchive(bad).complete).toBe(false);
    expect(verifyArchive(sound.slice(0, place)).complete).toBe(false);
  }
});

test('what is nested too deep is no message, and nothing overflows', () => {
  expect(parseJson('['.repeat(17) + ']'.repeat(17))).toBeUndefined();
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(parseJson(deep)).toBeUndefined();
  const bodies = forged.sound.slice(0, 6).map(([kind, place], i) => {
    // the trustees are the third record
    return record(String(kind), i === 2 ? deep : (forged.bodies[Number(place)] ?? ''));
  });
  expect(found(join(bodies))).toContain('setup.trustees');
});

test('the worker verifies', async () => {
  const archive = build(forged.sound);
  const answer = await verify({ kind: 'verify', id: 3, archive });
  expect(answer.kind === 'verified' && answer.report.complete).toBe(true);
});
