// The Web Worker around the ballot maker and the verifier: one message in, one answer out.

import { makeBallot, secretOf } from './ballot';
import { fingerprint } from './hash';
import { withPoll } from './poll';
import { system } from './random';
import type { Report } from './verify';

export type Request =
  /** Builds the tables, so that the first ballot is as fast as the next. */
  | { readonly kind: 'warm'; readonly id: number; readonly election: string }
  | {
      readonly kind: 'make';
      readonly id: number;
      readonly election: string;
      readonly code: string;
      readonly choices: readonly (readonly number[])[];
    };

export interface Verify {
  readonly kind: 'verify';
  readonly id: number;
  readonly archive: Uint8Array;
}

export type Answer =
  | { readonly kind: 'warm'; readonly id: number }
  | { readonly kind: 'made'; readonly id: number; readonly ballot: string; readonly tracker: string }
  | { readonly kind: 'refused'; readonly id: number }
  | { readonly kind: 'verified'; readonly id: number; readonly report: Report };

/** Answers a request; separate from the worker so that tests can call it. */
export function answer(request: Request): Answer {
  const { id } = request;
  switch (request.kind) {
    case 'warm': {
      withPoll(request.election, (poll) => poll.group.print(poll.y(poll.group.q - 1n)));
      return { kind: 'warm', id };
    }
    case 'make': {
      const ballot = withPoll(request.election, (poll) => {
        const secret = secretOf(poll, request.code);
        return secret === undefined ? undefined : makeBallot(poll, secret, request.choices, system);
      });
      return ballot === undefined
        ? { kind: 'refused', id }
        : { kind: 'made', id, ballot, tracker: fingerprint(ballot) };
    }
  }
}

/** Verifies an archive; its code is loaded only by those who verify. */
export async function verify({ id, archive }: Verify): Promise<Answer> {
  const { verifyArchive } = await import('./verify');
  return { kind: 'verified', id, report: verifyArchive(archive) };
}

if (typeof self !== 'undefined' && 'postMessage' in self && typeof document === 'undefined') {
  self.addEventListener('message', ({ data }: MessageEvent<Request | Verify>) => {
    if (data.kind === 'verify') {
      void verify(data).then((verified) => {
        self.postMessage(verified);
      });
    } else {
      self.postMessage(answer(data));
    }
  });
}
