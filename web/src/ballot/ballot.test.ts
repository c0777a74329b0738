// The vectors are made by the crate (ballot/src/vectors.rs): same randomness, same bytes.

import { expect, test } from 'vitest';

import { checkBallot, makeBallot, secretOf, withPoll } from './ballot';
import { bytesOf, numberOf, sha256 } from './hash';
import { seeded } from './random';
import vectors from './vectors.json';
import { verifyArchive } from './verify';
import { answer } from './worker';

const unpack = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

test.each(vectors.ballots)('$group: the same randomness gives the same bytes', (vector) => {
  const made = withPoll(vector.election, (poll) => {
    const secret = secretOf(poll, vector.code);
    expect(secret?.toString()).toBe(vector.secret);
    return makeBallot(poll, secret ?? 0n, vector.choices, seeded(bytesOf(vector.seed)));
  });
  expect(made).toBe(vector.ballot);
});

test.each(vectors.ballots)('$group: a ballot is accepted, a changed one is not', (vector) => {
  withPoll(vector.election, (poll) => {
    expect(checkBallot(poll, vector.ballot)?.faults).toEqual([]);
    const spaced = vector.ballot.replace(',', ', ');
    expect(checkBallot(poll, spaced)).toBeUndefined();
    const other = vector.ballot.replace(
      /"response":"(\d)/u,
      (_, d) => `"response":"${d === '1' ? '2' : '1'}`,
    );
    expect(checkBallot(poll, other)?.faults).toContain('ballot.individual-proof');
  });
  expect.assertions(3);
});

test.each(vectors.archives)('archive: $name', (vector) => {
  const report = verifyArchive(unpack(vector.archive));
  expect([...new Set(report.findings.map((finding) => finding.code))].sort()).toEqual(vector.codes);
  expect(report.notChecked).toEqual(vector.notChecked);
  expect(report.complete).toBe(vector.codes.length === 0 && vector.notChecked.length === 0);
});

test('no bytes make the verifier throw', { timeout: 30_000 }, () => {
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

test('the worker makes a ballot that it accepts itself, and refuses two marks', () => {
  const vector = vectors.ballots[0];
  if (vector === undefined) throw new Error('no vector');
  const ask = (choices: number[][]) =>
    answer({ kind: 'make', id: 1, election: vector.election, code: vector.code, choices });
  const made = ask(vector.choices);
  expect(
    made.kind === 'made' && withPoll(vector.election, (p) => checkBallot(p, made.ballot)?.faults),
  ).toEqual([]);
  expect(ask([[1, 1, 1, 1]]).kind).toBe('refused');
  expect(answer({ kind: 'warm', id: 2, election: vector.election })).toEqual({
    kind: 'warm',
    id: 2,
  });
});
