// Whether a shuffle is one (§4.19, §6): the proof of Terelius and Wikström as CHVote 1.3.2 writes it.
// Names are those of the tables in §6. Shuffles are made by the crate only.

import { parsePair } from './check';
import { challenge, mod, parseNumber, type Group } from './group';
import { hex, numberOf, sha256 } from './hash';
import { isText, ordered, parseAll } from './json';
import type { Pair } from './poll';

interface Proof<P> {
  /** t₁, t₂, t₃, t₄,₁, t₄,₂ and t̂. */
  readonly t: readonly P[];
  readonly tHat: readonly P[];
  /** s₁ … s₄, ŝ and s′. */
  readonly s: readonly bigint[];
  readonly sHat: readonly bigint[];
  readonly sPrime: readonly bigint[];
  readonly c: readonly P[];
  readonly cHat: readonly P[];
}

/** `shuffle` of §4.19: for each non-homomorphic question. */
export interface Shuffle<P> {
  readonly ciphertexts: readonly (readonly Pair<P>[])[];
  readonly proofs: readonly Proof<P>[];
}

const list = (value: unknown, length: number): readonly unknown[] =>
  Array.isArray(value) && value.length === length ? (value as unknown[]) : [];

function parseShuffleProof<P>(group: Group<P>, value: unknown): Proof<P> | undefined {
  const points = (items: unknown) =>
    parseAll(items, (text) => (isText(text) ? group.parse(text) : undefined));
  const numbers = (items: unknown) => parseAll(items, (text) => parseNumber(text, group.q));
  const [commitments, responses, cs, chain] = list(value, 4);
  const [t1, t2, t3, t4, hats] = list(commitments, 5);
  const [s1, s2, s3, s4, sHats, primes] = list(responses, 6);
  const t = points([t1, t2, t3, ...list(t4, 2)]);
  const [tHat, c, cHat] = [points(hats), points(cs), points(chain)];
  const s = numbers([s1, s2, s3, s4]);
  const [sHat, sPrime] = [numbers(sHats), numbers(primes)];
  if (t?.length !== 5 || !tHat || !c || !cHat || !s || !sHat || !sPrime) {
    return undefined;
  }
  return { t, tHat, s, sHat, sPrime, c, cHat };
}

export function parseShuffle<P>(group: Group<P>, value: unknown): Shuffle<P> | undefined {
  const fields = ordered(value, ['ciphertexts', 'proofs']);
  const ciphertexts = parseAll(fields?.['ciphertexts'], (row) =>
    parseAll(row, (item) => parsePair(group, item)),
  );
  const proofs = parseAll(fields?.['proofs'], (item) => parseShuffleProof(group, item));
  return ciphertexts === undefined || proofs === undefined ? undefined : { ciphertexts, proofs };
}

const halves = <P>(pairs: readonly Pair<P>[]): P[] =>
  pairs.flatMap(({ alpha, beta }) => [alpha, beta]);

/** Π pointᵢ^xᵢ: one run of squarings for all, four bits at a time (Straus 1964). */
function powers<P>(group: Group<P>, points: readonly P[], x: readonly bigint[]): P {
  const tables = points.map((point) => {
    const table = [group.one];
    let power = group.one;
    for (let i = 1; i < 16; i += 1) {
      power = group.mul(power, point);
      table.push(power);
    }
    return table;
  });
  const digits = points.map((_, i) => (x[i] ?? 0n).toString(16));
  const longest = digits.reduce((most, text) => Math.max(most, text.length), 0);
  let value = group.one;
  for (let place = longest; place > 0; place -= 1) {
    for (let i = 0; i < 4 && place < longest; i += 1) {
      value = group.mul(value, value);
    }
    for (const [i, text] of digits.entries()) {
      const digit = parseInt(text.charAt(text.length - place) || '0', 16);
      const entry = tables[i]?.[digit];
      if (digit > 0 && entry !== undefined) {
        value = group.mul(value, entry);
      }
    }
  }
  return value;
}

/** `CheckShuffleProof`. */
function checkProof<P>(
  group: Group<P>,
  fingerprint: string,
  key: P,
  e: readonly Pair<P>[],
  shuffled: readonly Pair<P>[],
  proof: Proof<P>,
): boolean {
  const { t, tHat, s, sHat, sPrime, c, cHat } = proof;
  const { q, g, one } = group;
  const n = e.length;
  if (![shuffled, tHat, sHat, sPrime, c, cHat].every((part) => part.length === n)) {
    return false;
  }
  // the commitments are part of the statement: they too must be members
  if (![...c, ...cHat, ...tHat, ...t].every((point) => group.isMember(point))) {
    return false;
  }
  // GetSecondaryGenerator, GetGenerators: none is neutral or g itself
  const [h, ...hs] = Array.from({ length: n + 1 }, (_, i) => group.independentGenerator(i - 1));
  const generators = hs.filter((point) => point !== undefined);
  const all = h === undefined ? [] : [h, ...generators];
  const known = all.every((point) => !group.equals(point, one) && !group.equals(point, g));
  if (h === undefined || all.length !== n + 1 || !known) {
    return false;
  }
  const spell = (points: readonly P[]) => group.printAll(points).map((text) => `${text},`).join('');
  const statement = spell([...halves(e), ...halves(shuffled), ...c]);
  // GetNIZKPChallenges
  const base = hex(sha256(`shuffle-challenges|${fingerprint}|${statement}`));
  const u = e.map((_, i) => numberOf(sha256(base + hex(sha256(String(i))))) % q);
  // GetNIZKPChallenge
  const challenged = challenge(
    group,
    `shuffle-challenge|${fingerprint}|${spell([...t, ...tHat])}${statement}${spell(cHat)}${group.print(key)}`,
  );
  const minus = mod(-challenged, q);
  const product = (points: readonly P[]) => points.reduce((a, b) => group.mul(a, b), one);
  const over = (a: P, b: P) => group.mul(a, group.inverse(b));
  // c̄ = Π c / Π h and ĉ = ĉ_N / h^(Π u)
  const cBar = over(product(c), product(generators));
  const uAll = u.reduce((a, b) => (a * b) % q, 1n);
  const last = over(cHat.at(-1) ?? h, group.pow(h, uAll));
  const [s1 = 0n, s2 = 0n, s3 = 0n, s4 = 0n] = s;
  // Where the table raises to −c·uᵢ, the product of the powers to uᵢ is raised to −c: uᵢ is short.
  const link = (before: readonly P[], y: P, x: bigint, after: readonly P[]) =>
    powers(group, [powers(group, before, u), y, ...after], [minus, x, ...sPrime]);
  const both = (half: (pair: Pair<P>) => P, y: P) =>
    link(e.map(half), y, mod(-s4, q), shuffled.map(half));
  const expected = [
    group.mul(group.pow(cBar, minus), group.powG(s1)),
    group.mul(group.pow(last, minus), group.powG(s2)),
    link(c, g, s3, generators),
    both(({ beta }) => beta, key),
    both(({ alpha }) => alpha, g),
    ...cHat.map((point, i) =>
      powers(group, [point, g, cHat[i - 1] ?? h], [minus, sHat[i] ?? 0n, sPrime[i] ?? 0n]),
    ),
  ];
  return [...t, ...tHat].every((point, i) => group.equals(point, expected[i] ?? one));
}

/** Whether this is a shuffle of `input`. */
export function isShuffleOf<P>(
  group: Group<P>,
  fingerprint: string,
  key: P,
  shuffle: Shuffle<P>,
  input: readonly (readonly Pair<P>[])[],
): boolean {
  const { ciphertexts, proofs } = shuffle;
  return (
    ciphertexts.length === input.length &&
    proofs.length === input.length &&
    halves(ciphertexts.flat()).every((point) => group.isMember(point)) &&
    input.every((e, i) => {
      const [shuffled, proof] = [ciphertexts[i], proofs[i]];
      return (
        shuffled !== undefined &&
        proof !== undefined &&
        checkProof(group, fingerprint, key, e, shuffled, proof)
      );
    })
  );
}
