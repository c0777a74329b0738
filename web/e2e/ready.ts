// The demo's ready file: where the server listens and who may sign in.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Account {
  readonly jid: string;
  readonly password: string;
  readonly name: string;
  readonly role: string;
  readonly login_url: string;
  /** The home unit and those above it, then bodies. */
  readonly units: readonly string[];
}

export interface Ready {
  readonly http: string;
  readonly domain: string;
  readonly accounts: readonly Account[];
}

function nameOf(unit: unknown): string {
  if (typeof unit === 'string') return unit;
  return typeof unit === 'object' && unit !== null && 'name' in unit ? String(unit.name) : '';
}

function readyFile(): string {
  const file = process.env['KONVENT_READY_FILE'];
  if (!file)
    throw new Error('KONVENT_READY_FILE is not set: start `konvent demo --ready-file FILE`');
  return file;
}

/** What `konvent account` says to the operator of the demo. */
function account(domain: string, ...order: string[]): string {
  const program = process.env['KONVENT_PROGRAM'];
  if (!program) throw new Error('KONVENT_PROGRAM is not set: the path of `konvent`');
  const settings = join(mkdtempSync(join(tmpdir(), 'konvent-')), 'konvent.toml');
  const data = join(dirname(readyFile()), 'data');
  writeFileSync(settings, `domain = '${domain}'\ndata = '${data}'\n`);
  return execFileSync(program, ['account', '--config', settings, ...order]).toString();
}

/** The page of a new invitation, and the link that it leads to. */
export function invite(domain: string): { page: string; link: string } {
  const [page = '', link = ''] = account(domain, 'invite').trim().split('\n');
  return { page, link };
}

/** Gives an account to a guest; returns the password. */
export function addGuest(name: string, domain: string): string {
  const said = account(domain, 'add', name);
  const password = /^Kennwort (\S+)$/m.exec(said)?.[1];
  if (!password) throw new Error(`no password in: ${said}`);
  return password;
}

export function readReady(): Ready {
  const file = readyFile();
  const ready = JSON.parse(readFileSync(file, 'utf8')) as Ready;
  return {
    ...ready,
    http: ready.http.replace(/\/$/, ''),
    accounts: ready.accounts.map((account) => ({
      ...account,
      units: account.units.map(nameOf),
    })),
  };
}
