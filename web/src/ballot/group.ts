// The groups of the protocol behind one interface (Belenios specification 3.3.0 §5).
//
// Arithmetic on native BigInt and @noble/curves is not constant-time: acceptable for a voter's own
// ballots on the voter's own device, and for verifying, which knows no secrets.

import { numberOf, sha256 } from './hash';
import type { Randomness } from './random';

export interface Group<P> {
  readonly name: string;
  /** The order. */
  readonly q: bigint;
  /** Bytes drawn for an exponent. */
  readonly randomBytes: number;
  /** Values of eight bits that an answer can hold. */
  readonly capacity: number;
  readonly one: P;
  readonly g: P;
  mul(a: P, b: P): P;
  inverse(a: P): P;
  pow(base: P, x: bigint): P;
  powG(x: bigint): P;
  /** A function for powers of one base that pays for its tables over many calls. */
  fixed(base: P): (x: bigint) => P;
  equals(a: P, b: P): boolean;
  isMember(a: P): boolean;
  /** Reads the one canonical spelling; says nothing about membership. */
  parse(text: string): P | undefined;
  print(a: P): string;
  /** The same for many, which can be cheaper. */
  printAll(all: readonly P[]): string[];
  /** Negative when `a` stands before `b` in a tally of ciphertexts that will be shuffled. */
  order(a: P, b: P): number;
  ofInts(values: readonly number[]): P | undefined;
  toInts(a: P, count: number): number[] | undefined;
  /** `GetGenerator` of §6, where answers can be encoded. */
  independentGenerator(i: number): P | undefined;
}

/** x mod q, never negative. */
export function mod(x: bigint, q: bigint): bigint {
  const rest = x % q;
  return rest < 0n ? rest + q : rest;
}

/** The inverse modulo a prime. */
export function invert(x: bigint, q: bigint): bigint {
  let [a, b, u, v] = [mod(x, q), q, 1n, 0n];
  while (a !== 0n) {
    const quotient = b / a;
    [a, b, u, v] = [b - quotient * a, a, v - quotient * u, u];
  }
  return mod(v, q);
}

export function randomExponent<P>(group: Group<P>, rng: Randomness): bigint {
  return numberOf(rng.bytes(group.randomBytes)) % group.q;
}

/** A canonical decimal number below `bound`. */
export function parseNumber(text: unknown, bound: bigint): bigint | undefined {
  if (typeof text !== 'string' || text.length > 700 || !/^(?:0|[1-9][0-9]*)$/u.test(text)) {
    return undefined;
  }
  const value = BigInt(text);
  return value < bound ? value : undefined;
}

/** H(text), read big-endian, mod q. */
export function challenge<P>(group: Group<P>, text: string): bigint {
  return numberOf(sha256(text)) % group.q;
}
