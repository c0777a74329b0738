// What goes when, and whose contents are held: the questions to the server.

import { request } from '../../app/api';
import { fields, list, moment, number, text } from '../../core/json';

export interface Left {
  readonly number: string;
  readonly name: string;
  readonly leftAt: number | undefined;
  /** Undefined while it is held. */
  readonly goesAt: number | undefined;
}

export interface Held {
  /** Empty when it stands in the settings of the server, where only the operator lifts it. */
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly reason: string;
  readonly since: number | undefined;
  readonly by: string;
}

export interface Retention {
  readonly leftDays: number;
  readonly reportsDays: number;
  /** 0: for good. */
  readonly filesDays: number;
  readonly rooms: readonly { readonly room: string; readonly days: number }[];
  readonly left: readonly Left[];
  readonly held: readonly Held[];
}

export function readRetention(body: unknown): Retention {
  const f = fields(body);
  return {
    leftDays: number(f['left_days']),
    reportsDays: number(f['reports_days']),
    filesDays: number(f['files_days']),
    rooms: list(f['files_days_in'], (one) => {
      const r = fields(one);
      return { room: text(r['room']), days: number(r['days']) };
    }),
    left: list(f['left'], (one): Left => {
      const l = fields(one);
      return {
        number: text(l['number']),
        name: text(l['name']),
        leftAt: moment(l['left_at']),
        goesAt: moment(l['goes_at']),
      };
    }),
    held: list(f['held'], (one): Held => {
      const h = fields(one);
      return {
        id: text(h['id']),
        number: text(h['number']),
        name: text(h['name']),
        reason: text(h['reason']),
        since: moment(h['since']),
        by: text(h['by']),
      };
    }),
  };
}

const nothing = () => undefined;

export const retention = () => request('GET', '/api/retention', readRetention);
export const hold = (memberNumber: string, reason: string) =>
  request('POST', '/api/retention/holds', nothing, { number: memberNumber, reason });
export const lift = (id: string, reason: string) =>
  request('POST', `/api/retention/holds/${encodeURIComponent(id)}/lift`, nothing, { reason });
