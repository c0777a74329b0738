// Partial decryptions and the result (§4.20, §4.21).

import { challenge, type Group } from './group';
import { exactJson, isCount, isText, ordered, parseAll } from './json';
import type { Pair } from './poll';
import { parseProof, type Proof } from './proof';
import type { Question } from './election';

/** For each question its ciphertexts (§4.18). */
export type Tally<P> = readonly (readonly Pair<P>[])[];

/** `partial_decryption` of §4.20. */
export interface Decryption<P> {
  readonly factors: readonly (readonly P[])[];
  readonly proofs: readonly (readonly Proof[])[];
}

export function parseDecryption<P>(group: Group<P>, body: string): Decryption<P> | undefined {
  const part = ordered(exactJson(body), ['decryption_factors', 'decryption_proofs']);
  const factors = parseAll(part?.['decryption_factors'], (row) =>
    parseAll(row, (item) => (isText(item) ? group.parse(item) : undefined)),
  );
  const proofs = parseAll(part?.['decryption_proofs'], (row) =>
    parseAll(row, (item) => parseProof(group, item)),
  );
  return factors === undefined || proofs === undefined ? undefined : { factors, proofs };
}

/** Whether it decrypts `tally` with the key of its trustee. */
export function isDecryptionOf<P>(
  group: Group<P>,
  fingerprint: string,
  tally: Tally<P>,
  key: { readonly point: P; readonly text: string },
  { factors, proofs }: Decryption<P>,
): boolean {
  const shaped = [factors, proofs].every(
    (rows) =>
      rows.length === tally.length && rows.every((row, i) => row.length === tally[i]?.length),
  );
  const prefix = `decrypt|${fingerprint}|${key.text}|`;
  return (
    shaped &&
    tally.every((pairs, i) =>
      pairs.every(({ alpha }, j) => {
        const [factor, proof] = [factors[i]?.[j], proofs[i]?.[j]];
        if (factor === undefined || proof === undefined || !group.isMember(factor)) {
          return false;
        }
        const { challenge: c, response: r } = proof;
        const a = group.mul(group.powG(r), group.pow(key.point, c));
        const b = group.mul(group.pow(alpha, r), group.pow(factor, c));
        return challenge(group, prefix + group.printAll([a, b]).join(',')) === c;
      }),
    )
  );
}

/** `result` of §4.21: for each question sums, or every ballot's values. */
export type Outcome = readonly number[] | readonly (readonly number[])[];

export function parseResult(body: string): Outcome[] | undefined {
  const number = (value: unknown) => (isCount(value) ? value : undefined);
  const byte = (value: unknown) => (isCount(value) && value < 256 ? value : undefined);
  const result = ordered(exactJson(body), ['result'])?.['result'];
  return parseAll(
    result,
    (row): Outcome | undefined =>
      parseAll(row, number) ?? parseAll(row, (values) => parseAll(values, byte)),
  );
}

/** F of §4.21 for a ciphertext: the product of the factors, each with its exponent. */
function factorOf<P>(
  group: Group<P>,
  parts: readonly (readonly [Decryption<P>, bigint])[],
  i: number,
  j: number,
): P {
  return parts.reduce((product, [{ factors }, exponent]) => {
    const factor = factors[i]?.[j] ?? group.one;
    return group.mul(product, exponent === 1n ? factor : group.pow(factor, exponent));
  }, group.one);
}

/** Whether the published result is what the decryptions open. */
export function isResultOf<P>(
  group: Group<P>,
  questions: readonly Question[],
  tally: Tally<P>,
  parts: readonly (readonly [Decryption<P>, bigint])[],
  result: readonly Outcome[],
): boolean {
  const fits = questions.every((question, i) => {
    const [row, pairs] = [result[i] ?? [], tally[i] ?? []];
    return (
      row.length === pairs.length &&
      pairs.every(({ beta }, j) => {
        const [item, factor] = [row[j], factorOf(group, parts, i, j)];
        if (question.kind === 'marks') {
          // gʳ of the published sum must be what was opened: no logarithm is needed to check one
          const opened = isCount(item) ? group.mul(group.powG(BigInt(item)), factor) : undefined;
          return opened !== undefined && group.equals(opened, beta);
        }
        const opened = group.mul(beta, group.inverse(factor));
        const values = group.toInts(opened, question.answers.length);
        return values !== undefined && JSON.stringify(values) === JSON.stringify(item);
      })
    );
  });
  return fits && result.length === questions.length;
}
