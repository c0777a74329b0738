// What members reported: the list of those who look into it, the questions to the server, and one's own.

import { request } from '../../app/api';
import { fields, list, moment, number, text } from '../../core/json';

export interface Party {
  readonly address: string;
  /** Empty for somebody who is none of ours. */
  readonly name: string;
  readonly unit: string;
}

export const DECISIONS = ['acted', 'unfounded'] as const;
export type Decision = (typeof DECISIONS)[number];

export interface Case {
  readonly id: string;
  readonly at: number | undefined;
  readonly reason: 'spam' | 'abuse' | 'other';
  readonly words: string;
  /** What was reported: an address, or a nickname in a room. */
  readonly address: string;
  /** What the room is called; empty when it is none of ours. */
  readonly room: string;
  readonly by: Party;
  readonly about: Party;
  /** Messages that were named; those that could be found stand in `said`. */
  readonly named: number;
  readonly said: readonly { readonly at: number | undefined; readonly words: string }[];
  readonly dealt:
    | {
        readonly at: number | undefined;
        readonly by: string;
        readonly decision: Decision;
        readonly note: string;
      }
    | undefined;
}

export interface Cases {
  readonly waiting: readonly Case[];
  readonly dealt: readonly Case[];
}

function readParty(body: unknown): Party {
  const f = fields(body);
  return { address: text(f['address']), name: text(f['name']), unit: text(f['unit']) };
}

function readReason(reason: string): Case['reason'] {
  if (reason === 'urn:xmpp:reporting:spam') return 'spam';
  return reason === 'urn:xmpp:reporting:abuse' ? 'abuse' : 'other';
}

function readCase(body: unknown): Case {
  const f = fields(body);
  const d = fields(f['dealt']);
  const decision = DECISIONS.find((one) => one === d['decision']);
  return {
    id: text(f['id']),
    at: moment(f['at']),
    reason: readReason(text(f['reason'])),
    words: text(f['words']),
    address: text(f['address']),
    room: text(f['room']),
    by: readParty(f['by']),
    about: readParty(f['about']),
    named: number(f['named']),
    said: list(f['said'], (one) => {
      const s = fields(one);
      return { at: moment(s['at']), words: text(s['words']) };
    }),
    dealt: decision && {
      at: moment(d['at']),
      by: text(d['by']),
      decision,
      note: text(d['note']),
    },
  };
}

export function readCases(body: unknown): Cases {
  const f = fields(body);
  return { waiting: list(f['waiting'], readCase), dealt: list(f['dealt'], readCase) };
}

export const cases = () => request('GET', '/api/reports', readCases);

export const decide = (id: string, decision: Decision, note: string) =>
  request('POST', `/api/reports/${encodeURIComponent(id)}`, () => undefined, { decision, note });

export interface OwnReport {
  readonly id: string;
  readonly address: string;
  readonly at: number | undefined;
  readonly dealtAt: number | undefined;
}

export const ownReports = () =>
  request('GET', '/api/my-reports', (body) =>
    list(body, (item): OwnReport => {
      const f = fields(item);
      return {
        id: text(f['id']),
        address: text(f['address']),
        at: moment(f['at']),
        dealtAt: moment(f['dealt_at']),
      };
    }),
  );
