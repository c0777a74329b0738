// Ballots, made on the voter's device (§4.8, §4.11, §4.16, §4.17).

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as digest } from '@noble/hashes/sha2.js';

import { allows, type Marks } from './election';
import { randomExponent } from './group';
import { bytesOf, fingerprint, numberOf, sha256 } from './hash';
import {
  product,
  range,
  rawPrefix,
  spell,
  writePair,
  writePairs,
  type Poll,
} from './poll';
import { know, proveOneOf, writeProof, type Proof, type ProofText, type Secret } from './proof';
import type { Randomness } from './random';

/** The parts of a code by dashes: 22 characters, or 15 of tool 2.0. */
function dashed(plain: string): string | undefined {
  const ends = plain.length === 22 ? [0, 5, 11, 16, 22] : [0, 3, 6, 9, 12, 15];
  const sound = /^(?:[1-9A-HJ-NP-Za-km-z]{22}|[1-9A-HJ-NP-Za-km-z]{15})$/u.test(plain);
  return sound ? ends.slice(1).map((end, i) => plain.slice(ends[i], end)).join('-') : undefined;
}

/** PBKDF2-HMAC-SHA256, one block, 1,000 rounds, salt = uuid (specification 2.0, credentials). */
function oldDerivation(code: string, uuid: string): bigint {
  const round = (message: Uint8Array) => hmac(digest, bytesOf(code), message);
  let block = round(Uint8Array.from([...bytesOf(uuid), 0, 0, 0, 1]));
  let sum = numberOf(block);
  for (let i = 1; i < 1000; i += 1) {
    block = round(block);
    sum ^= numberOf(block);
  }
  return sum;
}

/** secret(c) of §4.8 for a code of 22 characters, or of 15; undefined when it is none. */
export function secretOf<P>(poll: Poll<P>, code: string): bigint | undefined {
  const text = dashed(code.replace(/[- ]/gu, ''));
  if (text === undefined) {
    return undefined;
  }
  const { uuid } = poll.text;
  if (text.length < 22) {
    return oldDerivation(text, uuid) % poll.group.q;
  }
  const hashes = [0, 1].map((i) => sha256(`derive_credential|${uuid}|${String(i)}|${text}`));
  return numberOf(Uint8Array.from(hashes.flatMap((h) => [...h]))) % poll.group.q;
}

function makeMarks<P>(
  poll: Poll<P>,
  marks: Marks,
  choice: readonly number[],
  s0: string,
  rng: Randomness,
): unknown {
  const { group, y } = poll;
  const secrets = choice.map((m) => ({ r: randomExponent(group, rng), m }));
  const pairs = secrets.map(({ r, m }) => ({
    alpha: group.powG(r),
    beta: group.mul(y(r), group.powG(BigInt(m))),
  }));
  const choices = writePairs(group, pairs);
  const individual = secrets.map(({ r, m }, place) => {
    const prefix = `prove|${s0}|${spell(choices.slice(place, place + 1))}|`;
    return proveOneOf(group, prefix, y, [{ r, m, claim: 0 }, { r, m, claim: 1 }], rng);
  });
  const counted = marks.blank ? secrets.slice(1) : secrets;
  const sum = (claim: number): Secret => ({
    r: counted.reduce((r, secret) => (r + secret.r) % group.q, 0n),
    m: counted.reduce((m, secret) => m + secret.m, 0),
    claim,
  });
  const s = `${s0}|${spell(choices)}|`;
  const first = secrets[0];
  const written = (proofs: readonly Proof[]): ProofText[] => proofs.map(writeProof);
  const individualProofs = individual.map(written);
  if (marks.blank && first !== undefined) {
    const blank = (claim: number): Secret => ({ ...first, claim });
    const overall = [blank(1), ...range(marks).map(sum)];
    const overallProof = proveOneOf(group, `bproof1|${s}`, y, overall, rng);
    const blankProof = proveOneOf(group, `bproof0|${s}`, y, [blank(0), sum(0)], rng);
    return {
      choices,
      individual_proofs: individualProofs,
      overall_proof: written(overallProof),
      blank_proof: written(blankProof),
    };
  }
  const total = spell([writePair(group, product(group, pairs))]);
  const prefix = `prove|${s}${total}|`;
  const overallProof = proveOneOf(group, prefix, y, range(marks).map(sum), rng);
  return { choices, individual_proofs: individualProofs, overall_proof: written(overallProof) };
}

function makeValues<P>(poll: Poll<P>, xi: P, s0: string, rng: Randomness): unknown {
  const { group } = poll;
  const r = randomExponent(group, rng);
  const choices = writePair(group, { alpha: group.powG(r), beta: group.mul(poll.y(r), xi) });
  const proof = know(group, rawPrefix(poll, s0, choices), r, rng);
  return { choices, proof: writeProof(proof) };
}

/** A ballot's bytes as text; undefined when a choice is not one the election allows. */
export function makeBallot<P>(
  poll: Poll<P>,
  secret: bigint,
  choices: readonly (readonly number[])[],
  rng: Randomness,
): string | undefined {
  const { group, text } = poll;
  if (choices.length !== text.questions.length) {
    return undefined;
  }
  const credential = group.print(group.powG(secret));
  const s0 = `${poll.fingerprint}|${credential}`;
  const answers: unknown[] = [];
  for (const [place, question] of text.questions.entries()) {
    const choice = choices[place];
    if (choice === undefined || !allows(question, choice)) {
      return undefined;
    }
    if (question.kind === 'marks') {
      answers.push(makeMarks(poll, question, choice, s0, rng));
    } else {
      const xi = group.ofInts(choice);
      if (xi === undefined) {
        return undefined;
      }
      answers.push(makeValues(poll, xi, s0, rng));
    }
  }
  const ballot = {
    election_uuid: text.uuid,
    election_hash: poll.fingerprint,
    credential,
    answers,
  };
  const hash = fingerprint(JSON.stringify(ballot));
  const proof = know(group, `sig|${hash}|`, secret, rng);
  return JSON.stringify({ ...ballot, signature: { hash, proof: writeProof(proof) } });
}
