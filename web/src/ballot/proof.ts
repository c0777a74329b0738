// Zero-knowledge proofs (§4.3, §4.12, §4.13, §4.16, §4.20); the order of random draws is that of the
// crate, so that the same randomness gives the same bytes.

import { challenge, mod, parseNumber, randomExponent, type Group } from './group';
import { ordered } from './json';
import type { Randomness } from './random';

export interface Proof {
  readonly challenge: bigint;
  readonly response: bigint;
}

export interface ProofText {
  readonly challenge: string;
  readonly response: string;
}

export const writeProof = (proof: Proof): ProofText => ({
  challenge: proof.challenge.toString(),
  response: proof.response.toString(),
});

export function parseProof<P>(group: Group<P>, value: unknown): Proof | undefined {
  const proof = ordered(value, ['challenge', 'response']);
  const c = parseNumber(proof?.['challenge'], group.q);
  const r = parseNumber(proof?.['response'], group.q);
  return c === undefined || r === undefined ? undefined : { challenge: c, response: r };
}

/** Knowledge of x in gˣ: H(prefix ‖ gʷ). */
export function know<P>(group: Group<P>, prefix: string, x: bigint, rng: Randomness): Proof {
  const w = randomExponent(group, rng);
  const c = challenge(group, prefix + group.print(group.powG(w)));
  return { challenge: c, response: mod(w - x * c, group.q) };
}

export function knows<P>(group: Group<P>, prefix: string, proof: Proof, base: P): boolean {
  const a = group.mul(group.powG(proof.response), group.pow(base, proof.challenge));
  return challenge(group, prefix + group.print(a)) === proof.challenge;
}

export interface Secret {
  /** Randomness of the ciphertext. */
  readonly r: bigint;
  /** What it encrypts. */
  readonly m: number;
  /** What the branch claims. */
  readonly claim: number;
}

/** One of the branches is true: commitments are powers of g and y only. */
export function proveOneOf<P>(
  group: Group<P>,
  prefix: string,
  y: (x: bigint) => P,
  branches: readonly Secret[],
  rng: Randomness,
): Proof[] {
  const { q } = group;
  const honest = branches.findIndex((branch) => branch.m === branch.claim);
  const commitments: P[] = [];
  let sum = 0n;
  const drawn = branches.map(({ r, m, claim }, place) => {
    const random = randomExponent(group, rng);
    const response = randomExponent(group, rng);
    const c = place === honest ? 0n : random;
    const exponent = mod(response + r * c, q);
    const shift = mod(BigInt(m - claim) * c, q);
    commitments.push(group.powG(exponent));
    commitments.push(shift === 0n ? y(exponent) : group.mul(y(exponent), group.powG(shift)));
    sum += c;
    return { challenge: c, response };
  });
  const missing = mod(challenge(group, prefix + group.printAll(commitments).join(',')) - sum, q);
  return drawn.map((proof, place) =>
    place === honest
      ? {
          challenge: missing,
          response: mod(proof.response - (branches[place]?.r ?? 0n) * missing, q),
        }
      : proof,
  );
}

export interface Branch<P> {
  readonly alpha: P;
  readonly beta: P;
  readonly claim: number;
}

export function oneOf<P>(
  group: Group<P>,
  prefix: string,
  y: (x: bigint) => P,
  branches: readonly Branch<P>[],
  proofs: readonly Proof[],
): boolean {
  if (branches.length !== proofs.length) {
    return false;
  }
  const commitments: P[] = [];
  let sum = 0n;
  for (const [place, { alpha, beta, claim }] of branches.entries()) {
    const proof = proofs[place];
    if (proof === undefined) {
      return false;
    }
    const { challenge: c, response: r } = proof;
    const shift = group.powG(mod(-BigInt(claim) * c, group.q));
    commitments.push(group.mul(group.powG(r), group.pow(alpha, c)));
    commitments.push(group.mul(group.mul(y(r), group.pow(beta, c)), shift));
    sum += c;
  }
  return challenge(group, prefix + group.printAll(commitments).join(',')) === mod(sum, group.q);
}
