// The demo's ready file: where the server listens and who may sign in.
import { readFileSync } from 'node:fs';

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

export function readReady(): Ready {
  const file = process.env['KONVENT_READY_FILE'];
  if (!file)
    throw new Error('KONVENT_READY_FILE is not set: start `konvent demo --ready-file FILE`');
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
