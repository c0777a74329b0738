// Verifies an archive in the browser, with the codes of the crate's verifier.

import { readRecords, type Entry } from './archive';
import { Audit, readRoll } from './audit';
import { exactJson, isCount, isText, ordered } from './json';
import type { Outcome } from './opening';
import { withPoll, type Poll } from './poll';
import { readTrustees, trusteesFaults } from './trustees';

export interface Finding {
  readonly height: number | undefined;
  readonly code: string;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** Nothing is wrong, and the result is published. */
  readonly complete: boolean;
  readonly counted: number;
  readonly cast: number;
  readonly fingerprint: string | undefined;
  readonly head: string | undefined;
  readonly events: number;
  readonly result: readonly Outcome[] | undefined;
}

/** Data records before an event of each kind. */
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

/** The checks of an election in its group. */
function open<P>(poll: Poll<P>, trusteesText: string, rollText: string): Begun {
  const { group, key } = poll;
  const trustees = readTrustees(group, trusteesText);
  const roll = readRoll(group, rollText);
  const faults =
    trustees === undefined ? ['setup.trustees'] : trusteesFaults(group, trustees, key);
  if (isText(roll)) {
    faults.push(roll);
  }
  if (trustees === undefined) {
    return { audit: undefined, faults };
  }
  const entries = isText(roll) ? new Map<string, bigint>() : roll;
  const audit = new Audit(poll, trustees, entries);
  // §4.18: a ballot that is opened one by one cannot weigh more than another
  if (audit.shuffles && [...entries.values()].some((weight) => weight !== 1n)) {
    faults.push('setup.weights');
  }
  return { audit, faults };
}

interface Begun {
  readonly audit: Audit<unknown> | undefined;
  readonly faults: string[];
}

function begin(data: readonly Entry[]): Begun {
  const [election, trustees, roll, setup] = data;
  if (!election || !trustees || !roll || !setup) {
    return { audit: undefined, faults: ['event.payload'] };
  }
  const expected = JSON.stringify({
    election: election.hash,
    trustees: trustees.hash,
    credentials: roll.hash,
  });
  const begun = withPoll(election.body, (poll) => open(poll, trustees.body, roll.body));
  const { audit, faults } = begun ?? { audit: undefined, faults: ['setup.election'] };
  return { audit, faults: setup.body === expected ? faults : ['event.payload', ...faults] };
}

/** `event` of §4.4, as far as it can be read. */
function readEvent(body: string) {
  const event = ordered(exactJson(body), ['parent?', 'height', 'type', 'payload?']);
  const { parent, height, type, payload } = event ?? {};
  const isHash = (value: unknown) => isText(value) && /^[0-9a-f]{64}$/u.test(value);
  const named = [parent, payload].every((hash) => hash === undefined || isHash(hash));
  const known = isText(type) && Object.hasOwn(RECORDS, type);
  return known && named && isCount(height) ? { parent, height, kind: type, payload } : undefined;
}

/** Goes through an archive, event by event. */
class Walk {
  readonly findings: Finding[] = [];
  stage = 'empty';
  head: string | undefined;
  height = 0;
  audit: Audit<unknown> | undefined;
  #waiting: Entry[] = [];

  find(height: number | undefined, codes: readonly string[]) {
    this.findings.push(...codes.map((code) => ({ height, code })));
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  record(entry: Entry) {
    if (!entry.isNamedWell) {
      this.find(this.height, ['archive.hash']);
    }
    if (entry.kind === 'event') {
      this.#event(entry);
    } else {
      this.#waiting.push(entry);
    }
  }

  #event({ hash, body }: Entry) {
    const { height, head } = this;
    const data = this.#waiting;
    this.#waiting = [];
    this.height += 1;
    this.head = hash;
    const event = readEvent(body);
    if (event === undefined) {
      this.find(height, ['event.json']);
      return;
    }
    if (event.parent !== head) {
      this.find(height, ['event.parent']);
    }
    if (event.height !== height) {
      this.find(height, ['event.height']);
    }
    const next = after(this.stage, event.kind, this.audit?.shuffles ?? false);
    if (next === undefined) {
      this.find(height, ['event.order']);
      this.#outOfOrder(event.kind, height, data);
      return;
    }
    this.stage = next;
    if (event.payload !== data.at(-1)?.hash) {
      this.find(height, ['event.payload']);
    }
    this.#content(event.kind, height, data);
  }

  /** An event that may not stand here: what can still be said about the rest of the archive? */
  #outOfOrder(kind: string, height: number, data: readonly Entry[]) {
    if (kind === 'EncryptedTally' && this.stage === 'voting') {
      this.stage = 'ended';
    } else if (['EndShuffles', 'PartialDecryption'].includes(kind) && this.stage === 'tallied') {
      this.find(height, ['shuffle.missing']);
      this.stage = 'shuffling';
    } else {
      return;
    }
    const next = after(this.stage, kind, this.audit?.shuffles ?? false);
    if (next !== undefined) {
      this.stage = next;
      this.#content(kind, height, data);
    }
  }

  #content(kind: string, height: number, data: readonly Entry[]) {
    const wanted = RECORDS[kind] ?? 0;
    if (data.length > wanted) {
      this.find(height, ['archive.stray']);
    }
    if (data.length < wanted) {
      this.find(height, ['event.payload']);
      return;
    }
    const own = data.slice(data.length - wanted);
    if (kind === 'Setup') {
      const begun = begin(own);
      this.audit = begun.audit;
      this.find(height, begun.faults);
    } else if (this.audit !== undefined) {
      this.find(height, this.audit.event(kind, own[0]?.body ?? '', own[1]?.body ?? ''));
    }
  }
}

/** Everything that is wrong with an archive. Never throws, whatever the bytes are. */
export function verifyArchive(bytes: Uint8Array): Report {
  const { entries, fault } = readRecords(bytes);
  const walk = new Walk();
  const top = entries[0];
  for (const entry of entries) {
    if (entry === top) {
      const header = ordered(exactJson(entry.body), ['version', 'timestamp']);
      const sound = header?.['version'] === 1 && header['timestamp'] === String(entry.time);
      if (entry.kind !== 'header' || !sound) {
        walk.find(undefined, ['archive.header']);
      }
    } else if (entry.kind === 'header') {
      walk.find(undefined, ['archive.record']);
    } else if (entry.time !== top?.time) {
      walk.find(walk.height, ['archive.time']);
    }
    if (entry.kind !== 'header') {
      walk.record(entry);
    }
  }
  if (fault !== undefined) {
    walk.find(undefined, [fault]);
  }
  const { findings, audit } = walk;
  if (walk.hasWaiting) {
    walk.find(undefined, ['archive.stray']);
  } else if (audit === undefined && findings.length === 0) {
    walk.find(undefined, ['archive.empty']);
  }
  return {
    findings,
    complete: findings.length === 0 && walk.stage === 'finished',
    counted: audit?.counted ?? 0,
    cast: audit?.cast ?? 0,
    fingerprint: audit?.fingerprint,
    head: walk.head,
    events: walk.height,
    result: audit?.result,
  };
}
