// The checks of one election, once its group is known.

import { checkBallot, parsePair, type Checked } from './check';
import { width } from './election';
import type { Group } from './group';
import { hex, sha256 } from './hash';
import { exactJson, isCount, isText, isTexts, ordered, parseAll } from './json';
import {
  isDecryptionOf,
  isResultOf,
  parseDecryption,
  parseResult,
  type Decryption,
  type Outcome,
  type Tally,
} from './opening';
import type { Pair, Poll } from './poll';
import { isShuffleOf, parseShuffle } from './shuffle';
import { combination, keysOf, type Trustees } from './trustees';

/** The heaviest weight. */
const HEAVIEST = 1_000_000n;

/** The public credentials with their weights (§4.8), or why they are refused. */
export function readRoll<P>(group: Group<P>, text: string): ReadonlyMap<string, bigint> | string {
  const roll = new Map<string, bigint>();
  const entries = exactJson(text);
  if (!isTexts(entries)) {
    return 'setup.roll';
  }
  for (const entry of entries) {
    const match = /^([0-9a-f]+)(?:,([1-9][0-9]{0,6}))?$/u.exec(entry);
    const credential = match?.[1] ?? '';
    const point = group.parse(credential);
    const weight = BigInt(match?.[2] ?? '1');
    const member = point !== undefined && group.isMember(point);
    if (!member || group.equals(point, group.one) || weight > HEAVIEST) {
      return 'setup.roll';
    }
    if (roll.has(credential)) {
      return 'setup.roll-twice';
    }
    roll.set(credential, weight);
  }
  return roll;
}

interface Counted<P> {
  readonly weight: bigint;
  readonly checked: Checked<P>;
}

/** The state of an audit. */
export class Audit<P> {
  readonly #poll: Poll<P>;
  readonly #trustees: Trustees<P>;
  readonly #roll: ReadonlyMap<string, bigint>;
  readonly #seen = new Set<string>();
  readonly #last = new Map<string, Counted<P>>();
  readonly #owners = new Set<number>();
  readonly #decryptions = new Map<number, Decryption<P>>();
  /** The tally that is decrypted: ours, with the ciphertexts of the last shuffle. */
  #tally: Tally<P> = [];
  #shuffled = false;
  cast = 0;
  result: readonly Outcome[] | undefined;

  constructor(poll: Poll<P>, trustees: Trustees<P>, roll: ReadonlyMap<string, bigint>) {
    this.#poll = poll;
    this.#trustees = trustees;
    this.#roll = roll;
  }

  get counted(): number {
    return this.#last.size;
  }

  get shuffles(): boolean {
    return this.#poll.text.questions.some((question) => question.kind === 'values');
  }

  get fingerprint(): string {
    return this.#poll.fingerprint;
  }

  /** What is wrong with an event and its data records. */
  event(kind: string, first: string, second: string): string[] {
    switch (kind) {
      case 'Ballot':
        return this.#ballot(first);
      case 'EncryptedTally':
        return this.#encryptedTally(first, second);
      case 'Shuffle':
        return this.#shuffle(first, second);
      case 'EndShuffles':
        return this.#shuffled ? [] : ['shuffle.missing'];
      case 'PartialDecryption':
        return this.#decryption(first, second);
      case 'Result':
        return this.#publish(first);
      default:
        return [];
    }
  }

  #ballot(body: string): string[] {
    this.cast += 1;
    const faults: string[] = [];
    const hash = hex(sha256(body));
    // a replay could undo a second vote: every ballot stands here once
    if (this.#seen.has(hash)) {
      faults.push('ballot.repeated');
    }
    this.#seen.add(hash);
    const checked = checkBallot(this.#poll, body);
    if (checked === undefined) {
      return [...faults, 'ballot.json'];
    }
    const weight = this.#roll.get(checked.credential);
    if (weight === undefined) {
      faults.push('ballot.credential');
    }
    faults.push(...checked.faults);
    if (faults.length === 0 && weight !== undefined) {
      this.#last.set(checked.credential, { weight, checked });
    }
    return faults;
  }

  /** C of §4.18. */
  #computeTally(): Pair<P>[][] {
    const { group, text } = this.#poll;
    const counted = [...this.#last.values()];
    return text.questions.map((question, place) => {
      if (question.kind === 'values') {
        const pairs = counted.flatMap(({ checked }) => checked.pairs[place] ?? []);
        const compare = (a: Pair<P>, b: Pair<P>) =>
          group.order(a.alpha, b.alpha) || group.order(a.beta, b.beta);
        return pairs.toSorted(compare);
      }
      return Array.from({ length: width(question) }, (_, column) => {
        const sum = { alpha: group.one, beta: group.one };
        for (const { weight, checked } of counted) {
          const pair = checked.pairs[place]?.[column];
          if (pair !== undefined) {
            sum.alpha = group.mul(sum.alpha, group.pow(pair.alpha, weight));
            sum.beta = group.mul(sum.beta, group.pow(pair.beta, weight));
          }
        }
        return sum;
      });
    });
  }

  #encryptedTally(body: string, sized: string): string[] {
    const { group } = this.#poll;
    const faults: string[] = [];
    const tally = this.#computeTally();
    this.#tally = tally;
    const written = tally.map((pairs) =>
      pairs.map(({ alpha, beta }) => ({ alpha: group.print(alpha), beta: group.print(beta) })),
    );
    if (JSON.stringify(written) !== body) {
      const readable = parseAll(exactJson(body), (row) =>
        parseAll(row, (item) => parsePair(group, item)),
      );
      faults.push(readable === undefined ? 'tally.json' : 'tally.wrong');
    }
    const size = ordered(exactJson(sized), ['num_tallied', 'total_weight', 'encrypted_tally']);
    const [count, total, hash] = [
      size?.['num_tallied'],
      size?.['total_weight'],
      size?.['encrypted_tally'],
    ];
    if (!isCount(count) || !isCount(total) || !isHash(hash)) {
      return [...faults, 'tally.json'];
    }
    const weight = [...this.#last.values()].reduce((sum, one) => sum + one.weight, 0n);
    if (hash !== hex(sha256(body))) {
      faults.push('event.payload');
    }
    if (count !== this.#last.size) {
      faults.push('tally.count');
    }
    if (BigInt(total) !== weight) {
      faults.push('tally.weight');
    }
    return faults;
  }

  /** Which trustee made something (§4.19, §4.20), or what is wrong with the claim. */
  #owner(owned: string, payload: string, about: string): number | string {
    const value = ordered(exactJson(owned), ['owner', 'payload']);
    const [owner, hash] = [value?.['owner'], value?.['payload']];
    if (!isCount(owner) || !isHash(hash)) {
      return `${about}.json`;
    }
    if (hash !== hex(sha256(payload))) {
      return 'event.payload';
    }
    const known = owner >= 1 && owner <= keysOf(this.#trustees).length;
    return known ? owner : `${about}.owner`;
  }

  #shuffle(body: string, owned: string): string[] {
    const { group, text, fingerprint, key } = this.#poll;
    const owner = this.#owner(owned, body, 'shuffle');
    const faults = isText(owner) ? [owner] : [];
    const shuffle = parseShuffle(group, exactJson(body));
    if (shuffle === undefined) {
      return [...faults, 'shuffle.json'];
    }
    const places = text.questions.flatMap(({ kind }, place) => (kind === 'values' ? [place] : []));
    const input = places.map((place) => this.#tally[place] ?? []);
    if (!isShuffleOf(group, fingerprint, key, shuffle, input)) {
      faults.push('shuffle.proof');
    }
    // §4.19: merge back into the tally
    this.#tally = this.#tally.map((row, i) => {
      const place = places.indexOf(i);
      return (place < 0 ? undefined : shuffle.ciphertexts[place]) ?? row;
    });
    this.#shuffled = true;
    return faults;
  }

  #decryption(body: string, owned: string): string[] {
    const { group, fingerprint } = this.#poll;
    const owner = this.#owner(owned, body, 'decryption');
    if (isText(owner)) {
      return [owner];
    }
    const part = parseDecryption(group, body);
    if (part === undefined) {
      return ['decryption.json'];
    }
    if (this.#owners.has(owner)) {
      return ['decryption.twice'];
    }
    this.#owners.add(owner);
    const key = keysOf(this.#trustees)[owner - 1];
    if (key === undefined || !isDecryptionOf(group, fingerprint, this.#tally, key, part)) {
      return ['decryption.proof'];
    }
    this.#decryptions.set(owner, part);
    return [];
  }

  #publish(body: string): string[] {
    const { group, text } = this.#poll;
    const published = parseResult(body);
    if (published === undefined) {
      return ['result.json'];
    }
    this.result = published;
    const present = new Set(this.#decryptions.keys());
    const parts = combination(group, this.#trustees, present)?.flatMap(([owner, exponent]) => {
      const part = this.#decryptions.get(owner);
      return part === undefined ? [] : [[part, exponent] as const];
    });
    if (parts === undefined) {
      return ['decryption.missing'];
    }
    const fits = isResultOf(group, text.questions, this.#tally, parts, published);
    return fits ? [] : ['result.wrong'];
  }
}

function isHash(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{64}$/u.test(value);
}
