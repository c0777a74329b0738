// The member import as the admin sees it: what would change, and the questions to the server about it.

import { request } from '../../app/api';
import { fields, list, number, text } from '../../core/json';

export const FILES = ['members', 'units', 'offices'] as const;
export type FileName = (typeof FILES)[number];
export type Files = Partial<Record<FileName, File>>;

export const KINDS = [
  'joins',
  'exits',
  'transfers',
  'changes',
  'units',
  'offices',
  'unchanged',
  'conflicts',
] as const;
export type Summary = Readonly<Record<(typeof KINDS)[number], number>>;

export interface Plan {
  readonly id: string;
  readonly summary: Summary;
  readonly leavingPermille: number;
  readonly braked: boolean;
  /** Some conflict forbids applying anything. */
  readonly blocked: boolean;
  readonly entries: readonly { kind: string; number: string; name: string; detail: string }[];
  readonly conflicts: readonly { file: string; line: number; code: string; detail: string }[];
}

function readSummary(body: unknown): Summary {
  const f = fields(body);
  return {
    joins: number(f['joins']),
    exits: number(f['exits']),
    transfers: number(f['transfers']),
    changes: number(f['changes']),
    units: number(f['units']),
    offices: number(f['offices'], number(f['terms'])),
    unchanged: number(f['unchanged']),
    conflicts: number(f['conflicts']),
  };
}

type Entry = Plan['entries'][number];

/** One change to a person: what, the member number, and whatever explains it. */
function readEntry(body: unknown): Entry {
  const e = fields(body);
  const memberNumber = e['member_number'] ?? e['number'];
  const changed = list(e['fields'], (field) => text(field)).join(', ');
  const details = [text(e['detail']), text(e['unit']), text(e['on']), changed];
  return {
    kind: text(e['kind'], text(e['what'])),
    number: typeof memberNumber === 'number' ? String(memberNumber) : text(memberNumber),
    name: text(e['name']),
    detail: details.filter(Boolean).join(' · '),
  };
}

function readUnitEntry(body: unknown): Entry {
  const e = fields(body);
  return { kind: 'unit', number: text(e['key']), name: text(e['name']), detail: text(e['what']) };
}

export function readPlan(body: unknown): Plan {
  const f = fields(body);
  const s = fields(f['summary']);
  const summary = readSummary(s);
  const members = number(f['members'], number(s['members']));
  return {
    id: text(f['plan'], text(f['id'])),
    summary,
    leavingPermille: number(
      f['leaving_permille'],
      members > 0 ? (summary.exits * 1000) / members : 0,
    ),
    braked: f['braked'] === true || s['braked'] === true,
    blocked: f['blocked'] === true || s['blocked'] === true,
    entries: [
      ...list(f['entries'], readEntry),
      ...list(f['units'], readUnitEntry),
      ...list(f['people'], readEntry),
    ],
    conflicts: list(f['conflicts'], (conflict) => {
      const c = fields(conflict);
      return {
        file: text(c['file']),
        line: number(c['line']),
        code: text(c['code']),
        detail: text(c['detail']),
      };
    }),
  };
}

export function isNothing(summary: Summary): boolean {
  const { joins, exits, transfers, changes, units, offices } = summary;
  return joins + exits + transfers + changes + units + offices === 0;
}

function form(files: Files): FormData {
  const data = new FormData();
  for (const name of FILES) {
    const file = files[name];
    if (file) data.append(name, file, file.name);
  }
  return data;
}

export const askPlan = (files: Files) => request('POST', '/api/import/plan', readPlan, form(files));

export function apply(files: Files, plan: string, despiteBrake: boolean) {
  const data = form(files);
  data.append('plan', plan);
  if (despiteBrake) data.append('despite_brake', '1');
  return request('POST', '/api/import/apply', (body) => fields(body)['applied'] === true, data);
}
