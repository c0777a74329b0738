// Verifies an archive in the browser, with the codes of the crate's verifier.
//
// What it does not do yet is said in `notChecked`, and such an archive is never called complete:
// threshold trustees (their ceremony and their combination) and shuffles. `ballot-verify` does both.

import { readRecords, type Entry } from './archive';
import {
  checkBallot,
  parseAll,
  parsePair,
  withPoll,
  type Checked,
  type Pair,
  type Poll,
} from './ballot';
import { has, isCount, isRecord, isText, isTexts, parseJson, width } from './election';
import { challenge, type Group } from './group';
import { hex, sha256 } from './hash';
import { knows, parseProof } from './proof';

export interface Finding {
  readonly height: number | undefined;
  readonly code: string;
}

export interface Report {
  readonly findings: readonly Finding[];
  readonly notChecked: readonly string[];
  /** Nothing is wrong, nothing was left out, and the result is published. */
  readonly complete: boolean;
  readonly counted: number;
  readonly cast: number;
  readonly fingerprint: string | undefined;
  readonly head: string | undefined;
  readonly events: number;
  readonly result: unknown;
}

const RECORDS: Readonly<Record<string, number>> = {
  Setup: 4,
  Ballot: 1,
  EndBallots: 0,
  EncryptedTally: 2,
  Shuffle: 2,
  EndShuffles: 0,
  PartialDecryption: 2,
  Result: 1,
};

/** The stage after an event; undefined when it is not allowed. */
function after(stage: string, kind: string, shuffles: boolean): string | undefined {
  const tallied = shuffles ? 'tallied' : 'decrypting';
  const table: Readonly<Record<string, string>> = {
    'empty Setup': 'voting',
    'voting Ballot': 'voting',
    'voting EndBallots': 'ended',
    'ended EncryptedTally': tallied,
    'tallied Shuffle': 'shuffling',
    'shuffling Shuffle': 'shuffling',
    'shuffling EndShuffles': 'decrypting',
    'decrypting PartialDecryption': 'decrypting',
    'decrypting Result': 'finished',
  };
  return table[`${stage} ${kind}`];
}

/** Whether a text is spelled as the crate would spell the value. */
function exact(body: string, members: readonly string[]): Record<string, unknown> | undefined {
  const value = parseJson(body);
  const sound = isRecord(value) && Object.keys(value).join() === members.join();
  return sound && JSON.stringify(value) === body ? { ...value } : undefined;
}

/** A trustee's public key, when it is proven. */
function trustee<P>(group: Group<P>, value: unknown): P | undefined {
  if (!isRecord(value) || !has(value, ['pok', 'public_key'])) {
    return undefined;
  }
  const text = value['public_key'];
  const key = isText(text) ? group.parse(text) : undefined;
  const proof = parseProof(group, value['pok']);
  if (!isText(text) || key === undefined || proof === undefined || !group.isMember(key)) {
    return undefined;
  }
  return knows(group, `pok|${group.name}|${text}|`, proof, key) ? key : undefined;
}

interface Counted<P> {
  readonly weight: bigint;
  readonly checked: Checked<P>;
}

/** The election once its group is known. */
class Audit<P> {
  readonly notChecked: string[] = [];
  readonly #poll: Poll<P>;
  readonly #roll = new Map<string, bigint>();
  readonly #keys: P[] = [];
  readonly #seen = new Set<string>();
  readonly #last = new Map<string, Counted<P>>();
  readonly #factors = new Map<number, P[][]>();
  #tally: Pair<P>[][] = [];
  cast = 0;
  result: unknown;

  constructor(poll: Poll<P>) {
    this.#poll = poll;
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

  setup(trustees: string, roll: string): string[] {
    const { group, key } = this.#poll;
    const faults: string[] = [];
    const kinds = parseJson(trustees);
    if (!Array.isArray(kinds) || kinds.length === 0 || JSON.stringify(kinds) !== trustees) {
      return ['setup.trustees'];
    }
    for (const kind of kinds as unknown[]) {
      if (Array.isArray(kind) && kind.length === 2 && kind[0] === 'Pedersen') {
        this.notChecked.push('threshold');
        continue;
      }
      const single = Array.isArray(kind) && kind.length === 2 && kind[0] === 'Single';
      const found = single ? trustee(group, kind[1]) : undefined;
      if (found === undefined) {
        faults.push(single ? 'setup.trustee-proof' : 'setup.trustees');
      } else {
        this.#keys.push(found);
      }
    }
    const product = this.#keys.reduce((a, b) => group.mul(a, b), group.one);
    if (this.notChecked.length === 0 && !group.equals(product, key)) {
      faults.push('setup.public-key');
    }
    return [...faults, ...this.#readRoll(roll)];
  }

  #readRoll(roll: string): string[] {
    const { group } = this.#poll;
    const entries = parseJson(roll);
    if (!isTexts(entries) || JSON.stringify(entries) !== roll) {
      return ['setup.roll'];
    }
    for (const entry of entries) {
      const match = /^([0-9a-f]+)(?:,([1-9][0-9]{0,6}))?$/u.exec(entry);
      const credential = match?.[1] ?? '';
      const point = group.parse(credential);
      const weight = BigInt(match?.[2] ?? '1');
      const member = point !== undefined && group.isMember(point);
      if (!member || group.equals(point, group.one) || weight > 1_000_000n) {
        return ['setup.roll'];
      }
      if (this.#roll.has(credential)) {
        return ['setup.roll-twice'];
      }
      this.#roll.set(credential, weight);
    }
    const weighted = [...this.#roll.values()].some((weight) => weight !== 1n);
    return weighted && this.shuffles ? ['setup.weights'] : [];
  }

  ballot(body: string): string[] {
    this.cast += 1;
    const faults: string[] = [];
    const hash = hex(sha256(body));
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

  encryptedTally(body: string, sized: string): string[] {
    const { group } = this.#poll;
    const faults: string[] = [];
    this.#tally = this.#computeTally();
    const written = this.#tally.map((pairs) =>
      pairs.map(({ alpha, beta }) => ({ alpha: group.print(alpha), beta: group.print(beta) })),
    );
    if (JSON.stringify(written) !== body) {
      const readable = parseAll(parseJson(body), (row) =>
        parseAll(row, (item) => parsePair(group, item)),
      );
      faults.push(readable === undefined ? 'tally.json' : 'tally.wrong');
    }
    const size = exact(sized, ['num_tallied', 'total_weight', 'encrypted_tally']);
    if (size === undefined) {
      return [...faults, 'tally.json'];
    }
    let weight = 0n;
    for (const counted of this.#last.values()) {
      weight += counted.weight;
    }
    if (size['encrypted_tally'] !== hex(sha256(body))) {
      faults.push('event.payload');
    }
    if (size['num_tallied'] !== this.#last.size) {
      faults.push('tally.count');
    }
    if (!isCount(size['total_weight']) || BigInt(size['total_weight']) !== weight) {
      faults.push('tally.weight');
    }
    return faults;
  }

  decryption(body: string, owned: string): string[] {
    if (this.notChecked.length > 0) {
      return [];
    }
    const { group } = this.#poll;
    const value = exact(owned, ['owner', 'payload']);
    const owner = value?.['owner'];
    if (value === undefined || !isCount(owner)) {
      return ['decryption.json'];
    }
    if (value['payload'] !== hex(sha256(body))) {
      return ['event.payload'];
    }
    const key = this.#keys[owner - 1];
    if (key === undefined) {
      return ['decryption.owner'];
    }
    const part = exact(body, ['decryption_factors', 'decryption_proofs']);
    const factors = parseAll(part?.['decryption_factors'], (row) =>
      parseAll(row, (item) => (isText(item) ? group.parse(item) : undefined)),
    );
    const proofs = parseAll(part?.['decryption_proofs'], (row) =>
      parseAll(row, (item) => parseProof(group, item)),
    );
    if (factors === undefined || proofs === undefined) {
      return ['decryption.json'];
    }
    if (this.#factors.has(owner)) {
      return ['decryption.twice'];
    }
    const prefix = `decrypt|${this.#poll.fingerprint}|${group.print(key)}|`;
    const shaped = [factors, proofs].every(
      (rows) =>
        rows.length === this.#tally.length &&
        rows.every((row, i) => row.length === this.#tally[i]?.length),
    );
    const proven = this.#tally.every((pairs, i) =>
      pairs.every(({ alpha }, j) => {
        const [factor, proof] = [factors[i]?.[j], proofs[i]?.[j]];
        if (factor === undefined || proof === undefined || !group.isMember(factor)) {
          return false;
        }
        const { challenge: c, response: r } = proof;
        const a = group.mul(group.powG(r), group.pow(key, c));
        const b = group.mul(group.pow(alpha, r), group.pow(factor, c));
        return challenge(group, `${prefix}${group.print(a)},${group.print(b)}`) === c;
      }),
    );
    if (!shaped || !proven) {
      return ['decryption.proof'];
    }
    this.#factors.set(owner, factors);
    return [];
  }

  publish(body: string): string[] {
    const { group, text } = this.#poll;
    const value = exact(body, ['result']);
    const published = value?.['result'];
    if (value === undefined || !Array.isArray(published)) {
      return ['result.json'];
    }
    this.result = published;
    if (this.notChecked.length > 0) {
      return [];
    }
    if (this.#factors.size < this.#keys.length) {
      return ['decryption.missing'];
    }
    // gʳ of the published sum must be what was opened: no logarithm is needed to check one
    const fits = text.questions.every((_, i) => {
      const row: unknown = published[i];
      const pairs = this.#tally[i] ?? [];
      return (
        Array.isArray(row) &&
        row.length === pairs.length &&
        pairs.every(({ beta }, j) => {
          const sum: unknown = row[j];
          if (!isCount(sum)) {
            return false;
          }
          let opened = group.powG(BigInt(sum));
          for (const factors of this.#factors.values()) {
            opened = group.mul(opened, factors[i]?.[j] ?? group.one);
          }
          return group.equals(opened, beta);
        })
      );
    });
    return fits && published.length === text.questions.length ? [] : ['result.wrong'];
  }
}

function begin(data: readonly Entry[]): { audit?: Audit<unknown>; faults: string[] } {
  const [election, trustees, roll, setup] = data;
  if (!election || !trustees || !roll || !setup) {
    return { faults: ['event.payload'] };
  }
  const expected = JSON.stringify({
    election: election.hash,
    trustees: trustees.hash,
    credentials: roll.hash,
  });
  const faults = setup.body === expected ? [] : ['event.payload'];
  const begun = withPoll(election.body, (poll) => {
    const audit = new Audit(poll);
    return { audit, codes: audit.setup(trustees.body, roll.body) };
  });
  return begun === undefined
    ? { faults: [...faults, 'setup.election'] }
    : { audit: begun.audit, faults: [...faults, ...begun.codes] };
}

function content(audit: Audit<unknown>, kind: string, data: readonly Entry[]): string[] {
  const [first, second] = data.map((entry) => entry.body);
  switch (kind) {
    case 'Ballot':
      return audit.ballot(first ?? '');
    case 'EncryptedTally':
      return audit.encryptedTally(first ?? '', second ?? '');
    case 'Shuffle':
      audit.notChecked.push('shuffle');
      return [];
    case 'PartialDecryption':
      return audit.decryption(first ?? '', second ?? '');
    case 'Result':
      return audit.publish(first ?? '');
    default:
      return [];
  }
}

/** Everything that is wrong with an archive. Never throws, whatever the bytes are. */
export function verifyArchive(bytes: Uint8Array): Report {
  const findings: Finding[] = [];
  const find = (height: number | undefined, codes: readonly string[]) => {
    findings.push(...codes.map((code) => ({ height, code })));
  };
  const { entries, fault } = readRecords(bytes);
  const [top, ...rest] = entries;
  const header = top?.kind === 'header' ? exact(top.body, ['version', 'timestamp']) : undefined;
  const stamp = header?.['timestamp'];
  if (header?.['version'] !== 1 || stamp !== String(top?.time)) {
    find(undefined, [entries.length === 0 && fault === undefined ? 'archive.empty' : 'archive.header']);
  }
  let [stage, head, height]: [string, string | undefined, number] = ['empty', undefined, 0];
  let waiting: Entry[] = [];
  let audit: Audit<unknown> | undefined;
  for (const entry of top?.kind === 'header' ? rest : entries) {
    if (entry.time !== top?.time) {
      find(height, ['archive.time']);
    }
    if (entry.kind === 'header') {
      find(height, ['archive.record']);
    } else if (entry.kind === 'data') {
      waiting.push(entry);
    } else {
      const data = waiting;
      waiting = [];
      const value = parseJson(entry.body);
      const event = isRecord(value) ? value : {};
      const kind = isText(event['type']) ? event['type'] : '';
      const payload = data.at(-1)?.hash;
      const expected = JSON.stringify({ parent: head, height, type: kind, payload });
      if (entry.body !== expected) {
        const parts: readonly (readonly [string, unknown, unknown])[] = [
          ['event.parent', event['parent'], head],
          ['event.height', event['height'], height],
          ['event.payload', event['payload'], payload],
        ];
        const codes = parts.filter(([, is, must]) => is !== must).map(([code]) => code);
        find(height, codes.length > 0 ? codes : ['event.json']);
      }
      const next = after(stage, kind, audit?.shuffles ?? false);
      const wanted = RECORDS[kind] ?? 0;
      if (next === undefined) {
        find(height, ['event.order']);
      } else {
        stage = next;
        if (data.length !== wanted) {
          find(height, [data.length > wanted ? 'archive.stray' : 'event.payload']);
        }
        const own = data.slice(Math.max(0, data.length - wanted));
        if (kind === 'Setup') {
          const begun = begin(own);
          audit = begun.audit;
          find(height, begun.faults);
        } else if (audit !== undefined) {
          find(height, content(audit, kind, own));
        }
      }
      head = entry.hash;
      height += 1;
    }
  }
  if (fault !== undefined) {
    find(undefined, [fault]);
  }
  if (waiting.length > 0) {
    find(undefined, ['archive.stray']);
  }
  const notChecked = [...new Set(audit?.notChecked ?? [])];
  return {
    findings,
    notChecked,
    complete: findings.length === 0 && notChecked.length === 0 && stage === 'finished',
    counted: audit?.counted ?? 0,
    cast: audit?.cast ?? 0,
    fingerprint: audit?.fingerprint,
    head,
    events: height,
    result: audit?.result,
  };
}
