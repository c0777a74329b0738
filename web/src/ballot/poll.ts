// An election with its group, and the parts of its ballots that making and checking share (§4.11).

import { Ed25519 } from './ed25519';
import { parseElection, type ElectionText, type Marks } from './election';
import { Belenios2048, Rfc3526 } from './finite';
import type { Group } from './group';
import { fingerprint } from './hash';

export interface Pair<P> {
  readonly alpha: P;
  readonly beta: P;
}

export interface PairText {
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
    case 'RFC-3526-2048':
      return open(Rfc3526);
    default:
      return undefined;
  }
}

/** All pairs in writing. */
export function writePairs<P>(group: Group<P>, pairs: readonly Pair<P>[]): PairText[] {
  const texts = group.printAll(pairs.flatMap(({ alpha, beta }) => [alpha, beta]));
  return pairs.map((_, i) => ({ alpha: texts[2 * i] ?? '', beta: texts[2 * i + 1] ?? '' }));
}

export const writePair = <P>(group: Group<P>, pair: Pair<P>): PairText => ({
  alpha: group.print(pair.alpha),
  beta: group.print(pair.beta),
});

export const spell = (pairs: readonly PairText[]): string =>
  pairs.map((pair) => `${pair.alpha},${pair.beta}`).join(',');

export function product<P>(group: Group<P>, pairs: readonly Pair<P>[]): Pair<P> {
  return pairs.reduce<Pair<P>>(
    (sum, pair) => ({
      alpha: group.mul(sum.alpha, pair.alpha),
      beta: group.mul(sum.beta, pair.beta),
    }),
    { alpha: group.one, beta: group.one },
  );
}

export const range = (marks: Marks): number[] =>
  Array.from({ length: marks.max - marks.min + 1 }, (_, i) => marks.min + i);

export function rawPrefix<P>(poll: Poll<P>, s0: string, choices: PairText): string {
  return `raweg|${s0}|${poll.group.print(poll.key)},${choices.alpha},${choices.beta}|`;
}
