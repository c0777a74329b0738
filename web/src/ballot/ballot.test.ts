// The vectors are made by the crate (ballot/src/vectors.rs): same randomness, same bytes.

import { expect, test } from 'vitest';

import { makeBallot, secretOf } from './ballot';
import { checkBallot } from './check';
import { bytesOf } from './hash';
import { withPoll } from './poll';
import { seeded } from './random';
import vectors from './vectors.json';
import { answer } from './worker';

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

test.each(vectors.codes)('a code of tool 2.0', ({ election, code, secret }) => {
  expect(withPoll(election, (poll) => secretOf(poll, code)?.toString())).toBe(secret);
  expect(withPoll(election, (poll) => secretOf(poll, code.slice(1)))).toBeUndefined();
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
