// Ballots: made on the voter's device, checked by anybody (§4.11, §4.16, §4.17).

import { Ed25519 } from './ed25519';
import {
  allows,
  has,
  isRecord,
  isText,
  parseElection,
  parseJson,
  width,
  type ElectionText,
  type Marks,
} from './election';
import { Belenios2048 } from './finite';
import { randomExponent, type Group } from './group';
import { fingerprint, numberOf, sha256 } from './hash';
import {
  know,
  knows,
  oneOf,
  parseProof,
  proveOneOf,
  writeProof,
  type Proof,
  type ProofText,
  type Secret,
} from './proof';
import type { Randomness } from './random';

export interface Pair<P> {
  readonly alpha: P;
  readonly beta: P;
}

interface PairText {
  readonly alpha: string;
  readonly beta: string;
}

/** An election with its group and the tables of its key. */
export interface Poll<P> {
  readonly group: Group<P>;
  readonly text: ElectionText;
  readonly fingerprint: string;
  readonly key: P;
  readonly y: (x: bigint) => P;
}

/** The tables of the key that was used last: voting again, or after `warm`, does not make them anew. */
let last: { readonly name: string; readonly y: unknown } | undefined;

function powers<P>(group: Group<P>, key: string, point: P): (x: bigint) => P {
  const name = `${group.name} ${key}`;
  if (last?.name !== name) {
    last = { name, y: group.fixed(point) };
  }
  // the name holds the group, so these are powers in it
  return last.y as (x: bigint) => P;
}

/** Runs `use` with the election in its group; undefined when it cannot be read. */
export function withPoll<T>(text: string, use: <P>(poll: Poll<P>) => T): T | undefined {
  const election = parseElection(text);
  const open = <P>(group: Group<P>): T | undefined => {
    const key = election === undefined ? undefined : group.parse(election.publicKey);
    if (election === undefined || key === undefined || !group.isMember(key)) {
      return undefined;
    }
    const encodable = election.questions.every(
      (q) => q.kind === 'marks' || (q.answers.length > 0 && q.answers.length <= group.capacity),
    );
    const y = powers(group, election.publicKey, key);
    const poll = { group, text: election, fingerprint: fingerprint(text), key, y };
    return encodable ? use(poll) : undefined;
  };
  switch (election?.group) {
    case 'Ed25519':
      return open(Ed25519);
    case 'BELENIOS-2048':
      return open(Belenios2048);
    default:
      return undefined;
  }
}

/** secret(c) of §4.8 for a code of 22 characters; undefined when it is none. */
export function secretOf<P>(poll: Poll<P>, code: string): bigint | undefined {
  const plain = code.replace(/[- ]/gu, '');
  if (!/^[1-9A-HJ-NP-Za-km-z]{22}$/u.test(plain)) {
    return undefined;
  }
  const parts = [plain.slice(0, 5), plain.slice(5, 11), plain.slice(11, 16), plain.slice(16)];
  const hashes = [0, 1].map((i) =>
    sha256(`derive_credential|${poll.text.uuid}|${String(i)}|${parts.join('-')}`),
  );
  return numberOf(Uint8Array.from(hashes.flatMap((h) => [...h]))) % poll.group.q;
}

/** All pairs in writing. */
function writePairs<P>(group: Group<P>, pairs: readonly Pair<P>[]): PairText[] {
  const texts = group.printAll(pairs.flatMap(({ alpha, beta }) => [alpha, beta]));
  return pairs.map((_, i) => ({ alpha: texts[2 * i] ?? '', beta: texts[2 * i + 1] ?? '' }));
}

const writePair = <P>(group: Group<P>, pair: Pair<P>): PairText => ({
  alpha: group.print(pair.alpha),
  beta: group.print(pair.beta),
});

const spell = (pairs: readonly PairText[]): string =>
  pairs.map((pair) => `${pair.alpha},${pair.beta}`).join(',');

function product<P>(group: Group<P>, pairs: readonly Pair<P>[]): Pair<P> {
  return pairs.reduce<Pair<P>>(
    (sum, pair) => ({
      alpha: group.mul(sum.alpha, pair.alpha),
      beta: group.mul(sum.beta, pair.beta),
    }),
    { alpha: group.one, beta: group.one },
  );
}

const range = (marks: Marks): number[] =>
  Array.from({ length: marks.max - marks.min + 1 }, (_, i) => marks.min + i);

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

function rawPrefix<P>(poll: Poll<P>, s0: string, choices: PairText): string {
  return `raweg|${s0}|${poll.group.print(poll.key)},${choices.alpha},${choices.beta}|`;
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

/** What a tally needs of a ballot that was checked. */
export interface Checked<P> {
  readonly credential: string;
  readonly pairs: readonly (readonly Pair<P>[])[];
  readonly faults: readonly string[];
}

export function parsePair<P>(group: Group<P>, value: unknown): Pair<P> | undefined {
  if (!isRecord(value) || !has(value, ['alpha', 'beta'])) {
    return undefined;
  }
  const { alpha, beta } = value;
  const a = isText(alpha) ? group.parse(alpha) : undefined;
  const b = isText(beta) ? group.parse(beta) : undefined;
  return a === undefined || b === undefined ? undefined : { alpha: a, beta: b };
}

/** All items parsed, or undefined. */
export function parseAll<T>(
  value: unknown,
  parse: (item: unknown) => T | undefined,
): T[] | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const items = value.map(parse).filter((item) => item !== undefined);
  return items.length === value.length ? items : undefined;
}

interface MarksAnswer<P> {
  readonly pairs: readonly Pair<P>[];
  readonly individual: readonly (readonly Proof[])[];
  readonly overall: readonly Proof[];
  readonly blank: readonly Proof[] | undefined;
}

interface ValuesAnswer<P> {
  readonly pairs: readonly Pair<P>[];
  readonly proof: Proof;
}

/** An answer as the crate would write it, or undefined. */
function parseAnswer<P>(
  group: Group<P>,
  value: unknown,
): MarksAnswer<P> | ValuesAnswer<P> | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const proofs = (list: unknown) => parseAll(list, (item) => parseProof(group, item));
  const keys = Object.keys(value).join();
  if (keys === 'choices,proof') {
    const pair = parsePair(group, value['choices']);
    const proof = parseProof(group, value['proof']);
    return pair === undefined || proof === undefined ? undefined : { pairs: [pair], proof };
  }
  const order = 'choices,individual_proofs,overall_proof';
  if (keys !== order && keys !== `${order},blank_proof`) {
    return undefined;
  }
  const pairs = parseAll(value['choices'], (item) => parsePair(group, item));
  const individual = parseAll(value['individual_proofs'], proofs);
  const overall = proofs(value['overall_proof']);
  const blank = 'blank_proof' in value ? proofs(value['blank_proof']) : undefined;
  const lost = 'blank_proof' in value && blank === undefined;
  if (pairs === undefined || individual === undefined || overall === undefined || lost) {
    return undefined;
  }
  return { pairs, individual, overall, blank };
}

function marksFaults<P>(
  poll: Poll<P>,
  marks: Marks,
  answer: MarksAnswer<P>,
  s0: string,
): string[] {
  const { group, y } = poll;
  const { pairs, individual } = answer;
  const count = width(marks);
  const shaped = pairs.length === count && individual.length === count;
  if (!shaped || (answer.blank !== undefined) !== marks.blank) {
    return ['ballot.shape'];
  }
  if (!pairs.every(({ alpha, beta }) => group.isMember(alpha) && group.isMember(beta))) {
    return ['ballot.not-in-group'];
  }
  const faults: string[] = [];
  const choices = writePairs(group, pairs);
  const each = pairs.every((pair, place) => {
    const prefix = `prove|${s0}|${spell(choices.slice(place, place + 1))}|`;
    const branches = [0, 1].map((claim) => ({ ...pair, claim }));
    return oneOf(group, prefix, y, branches, individual[place] ?? []);
  });
  if (!each) {
    faults.push('ballot.individual-proof');
  }
  const total = product(group, marks.blank ? pairs.slice(1) : pairs);
  const sum = (claim: number) => ({ ...total, claim });
  const s = `${s0}|${spell(choices)}|`;
  const first = pairs[0];
  if (marks.blank && first !== undefined) {
    const blank = (claim: number) => ({ ...first, claim });
    const overall = [blank(1), ...range(marks).map(sum)];
    if (!oneOf(group, `bproof1|${s}`, y, overall, answer.overall)) {
      faults.push('ballot.overall-proof');
    }
    if (!oneOf(group, `bproof0|${s}`, y, [blank(0), sum(0)], answer.blank ?? [])) {
      faults.push('ballot.blank-proof');
    }
    return faults;
  }
  const prefix = `prove|${s}${spell([writePair(group, total)])}|`;
  if (!oneOf(group, prefix, y, range(marks).map(sum), answer.overall)) {
    faults.push('ballot.overall-proof');
  }
  return faults;
}

/** Reads and checks a ballot; undefined when its bytes are not those that the crate would write. */
export function checkBallot<P>(poll: Poll<P>, bytes: string): Checked<P> | undefined {
  const { group, text } = poll;
  const value = parseJson(bytes);
  const order = 'election_uuid,election_hash,credential,answers,signature';
  if (!isRecord(value) || JSON.stringify(value) !== bytes) {
    return undefined;
  }
  const keys = Object.keys(value).join();
  const { credential, signature } = value;
  const answers = parseAll(value['answers'], (item) => parseAnswer(group, item));
  const point = isText(credential) ? group.parse(credential) : undefined;
  if (!isText(credential) || point === undefined || answers === undefined) {
    return undefined;
  }
  const pairs = answers.map((answer) => answer.pairs);
  const signed = isRecord(signature) && Object.keys(signature).join() === 'hash,proof';
  const proof = signed ? parseProof(group, signature['proof']) : undefined;
  if (keys !== order || !signed || proof === undefined || !isText(signature['hash'])) {
    // a ballot without its signature is readable, one with a broken signature is not
    const unsigned = keys === order.replace(',signature', '');
    return unsigned ? { credential, pairs, faults: ['ballot.signature'] } : undefined;
  }
  if (value['election_uuid'] !== text.uuid || value['election_hash'] !== poll.fingerprint) {
    return { credential, pairs, faults: ['ballot.election'] };
  }
  if (answers.length !== text.questions.length) {
    return { credential, pairs, faults: ['ballot.shape'] };
  }
  const s0 = `${poll.fingerprint}|${credential}`;
  const faults = text.questions.flatMap((question, place) => {
    const answer = answers[place];
    if (question.kind === 'marks' && answer !== undefined && 'individual' in answer) {
      return marksFaults(poll, question, answer, s0);
    }
    if (question.kind === 'marks' || answer === undefined || 'individual' in answer) {
      return ['ballot.shape'];
    }
    const pair = answer.pairs[0];
    if (pair === undefined || !group.isMember(pair.alpha) || !group.isMember(pair.beta)) {
      return ['ballot.not-in-group'];
    }
    const prefix = rawPrefix(poll, s0, writePair(group, pair));
    return knows(group, prefix, answer.proof, pair.alpha) ? [] : ['ballot.individual-proof'];
  });
  const hash = fingerprint(JSON.stringify({ ...value, signature: undefined }));
  const owned =
    hash === signature['hash'] &&
    group.isMember(point) &&
    knows(group, `sig|${hash}|`, proof, point);
  return { credential, pairs, faults: owned ? faults : [...faults, 'ballot.signature'] };
}
