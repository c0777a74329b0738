// Whether a ballot is one (§4.11–§4.13, §4.16, §4.17).

import { width, type Marks, type Question } from './election';
import type { Group } from './group';
import { fingerprint } from './hash';
import { exactJson, isText, ordered, parseAll } from './json';
import {
  product,
  range,
  rawPrefix,
  spell,
  writePair,
  writePairs,
  type Pair,
  type Poll,
} from './poll';
import { knows, oneOf, parseProof, type Proof } from './proof';

/** What a tally needs of a ballot that was checked. */
export interface Checked<P> {
  readonly credential: string;
  readonly pairs: readonly (readonly Pair<P>[])[];
  readonly faults: readonly string[];
}

export function parsePair<P>(group: Group<P>, value: unknown): Pair<P> | undefined {
  const pair = ordered(value, ['alpha', 'beta']);
  const [alpha, beta] = [pair?.['alpha'], pair?.['beta']];
  const a = isText(alpha) ? group.parse(alpha) : undefined;
  const b = isText(beta) ? group.parse(beta) : undefined;
  return a === undefined || b === undefined ? undefined : { alpha: a, beta: b };
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
  const proofs = (list: unknown) => parseAll(list, (item) => parseProof(group, item));
  const open = ordered(value, ['choices', 'proof']);
  if (open !== undefined) {
    const pair = parsePair(group, open['choices']);
    const proof = parseProof(group, open['proof']);
    return pair === undefined || proof === undefined ? undefined : { pairs: [pair], proof };
  }
  const order = ['choices', 'individual_proofs', 'overall_proof', 'blank_proof?'];
  const marks = ordered(value, order) ?? {};
  const pairs = parseAll(marks['choices'], (item) => parsePair(group, item));
  const individual = parseAll(marks['individual_proofs'], proofs);
  const overall = proofs(marks['overall_proof']);
  const blank = 'blank_proof' in marks ? proofs(marks['blank_proof']) : undefined;
  const lost = 'blank_proof' in marks && blank === undefined;
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
  const shaped =
    pairs.length === count &&
    individual.length === count &&
    individual.every((proofs) => proofs.length === 2) &&
    answer.overall.length === marks.max - marks.min + (marks.blank ? 2 : 1) &&
    (answer.blank?.length === 2) === marks.blank;
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

/** The faults of an answer to a question. */
function answerFaults<P>(
  poll: Poll<P>,
  question: Question,
  answer: MarksAnswer<P> | ValuesAnswer<P>,
  s0: string,
): string[] {
  const { group } = poll;
  if ('individual' in answer) {
    return question.kind === 'marks' ? marksFaults(poll, question, answer, s0) : ['ballot.shape'];
  }
  const pair = answer.pairs[0];
  if (question.kind === 'marks' || pair === undefined) {
    return ['ballot.shape'];
  }
  if (!group.isMember(pair.alpha) || !group.isMember(pair.beta)) {
    return ['ballot.not-in-group'];
  }
  const prefix = rawPrefix(poll, s0, writePair(group, pair));
  return knows(group, prefix, answer.proof, pair.alpha) ? [] : ['ballot.individual-proof'];
}

/** Reads and checks a ballot; undefined when its bytes are not those that the crate would write. */
export function checkBallot<P>(poll: Poll<P>, bytes: string): Checked<P> | undefined {
  const { group, text } = poll;
  const order = ['election_uuid', 'election_hash', 'credential', 'answers', 'signature?'];
  const value = ordered(exactJson(bytes), order);
  const credential = value?.['credential'];
  const point = isText(credential) ? group.parse(credential) : undefined;
  const answers = parseAll(value?.['answers'], (item) => parseAnswer(group, item));
  const [uuid, hash] = [value?.['election_uuid'], value?.['election_hash']];
  const readable = isText(credential) && isText(uuid) && isText(hash);
  if (value === undefined || !readable || point === undefined || answers === undefined) {
    return undefined;
  }
  const signature = ordered(value['signature'], ['hash', 'proof']);
  const proof = parseProof(group, signature?.['proof']);
  if ('signature' in value && (proof === undefined || !isText(signature?.['hash']))) {
    return undefined;
  }
  const pairs = answers.map((answer) => answer.pairs);
  if (uuid !== text.uuid || hash !== poll.fingerprint) {
    return { credential, pairs, faults: ['ballot.election'] };
  }
  if (answers.length !== text.questions.length) {
    return { credential, pairs, faults: ['ballot.shape'] };
  }
  const s0 = `${poll.fingerprint}|${credential}`;
  const faults = text.questions.flatMap((question, place) => {
    const answer = answers[place];
    return answer === undefined ? ['ballot.shape'] : answerFaults(poll, question, answer, s0);
  });
  // §4.16: the hash is that of the ballot without its signature, and the proof holds
  const signed = fingerprint(JSON.stringify({ ...value, signature: undefined }));
  const owned =
    proof !== undefined &&
    signed === signature?.['hash'] &&
    group.isMember(point) &&
    knows(group, `sig|${signed}|`, proof, point);
  return { credential, pairs, faults: owned ? faults : [...faults, 'ballot.signature'] };
}
