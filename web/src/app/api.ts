// Questions to the server over HTTP: JSON, same origin, problem+json for refusals (RFC 9457). Answers are read
// by total parsers; nothing the server says is believed to have a shape.

import { fields, list, moment, number, text } from '../core/json';
import { err, ok, type Result } from '../core/result';

/** `code` is stable; the words for it are in the dictionaries. */
export interface Problem {
  readonly status: number;
  readonly code: string;
}

const UNREACHABLE: Problem = { status: 0, code: 'unreachable' };

export async function request<T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  read: (body: unknown) => T,
  body?: FormData | Readonly<Record<string, unknown>>,
): Promise<Result<T, Problem>> {
  let answer: Response;
  let content: unknown;
  try {
    const isForm = body instanceof FormData;
    answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
    });
    const type = answer.headers.get('content-type') ?? '';
    content = type.includes('json') ? await answer.json() : undefined;
  } catch {
    return err(UNREACHABLE);
  }
  if (answer.ok) return ok(read(content));
  const code = text(fields(content)['code'], answer.status >= 502 ? 'unreachable' : 'other');
  return err({ status: answer.status, code });
}

const nothing = () => undefined;

/** Where other programs come in; 0 is no port. */
export interface Doors {
  readonly host: string;
  readonly xmppPort: number;
  readonly xmppsPort: number;
}

export interface Session {
  readonly jid: string;
  readonly name: string;
  readonly domain: string;
  readonly rooms: string;
  readonly doors: Doors;
  /** Not in the directory: somebody with a password that they chose. */
  readonly isGuest: boolean;
  readonly isAdmin: boolean;
  /** The technical admin, or an office that keeps the member file. */
  readonly mayAdminister: boolean;
  /** Reports that wait for whoever looks into them; undefined for everybody else. */
  readonly reportsWaiting: number | undefined;
  readonly units: readonly { name: string; level: string }[];
  readonly offices: readonly { title: string; unit: string }[];
  readonly token: string;
}

export function readSession(body: unknown): Session {
  const f = fields(body);
  const xmpp = fields(f['xmpp']);
  return {
    jid: text(f['jid']),
    name: text(f['name']),
    domain: text(f['domain']),
    rooms: text(f['rooms_service']),
    doors: {
      host: text(xmpp['host']),
      xmppPort: number(xmpp['port']),
      xmppsPort: number(xmpp['tls_port']),
    },
    isGuest: f['is_guest'] === true,
    isAdmin: f['is_admin'] === true,
    mayAdminister: f['may_administer'] === true,
    reportsWaiting: typeof f['reports_waiting'] === 'number' ? f['reports_waiting'] : undefined,
    units: list(f['units'], (unit) => {
      const u = fields(unit);
      return { name: text(u['name']), level: text(u['level']) };
    }),
    offices: list(f['offices'], (office) => {
      const o = fields(office);
      return { title: text(o['title']), unit: text(o['unit']) };
    }),
    token: text(fields(f['fast'])['token']),
  };
}

export const session = () => request('GET', '/api/session', readSession);
export const signOut = () => request('DELETE', '/api/session', nothing);

export function signIn(code: string, birthYear?: number) {
  return request('POST', '/api/sign-in', nothing, {
    code,
    ...(birthYear === undefined ? {} : { birth_year: birthYear }),
  });
}

export function signInWithPassword(address: string, password: string) {
  return request('POST', '/api/sign-in/password', nothing, { address, password });
}

export interface Program {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number | undefined;
  readonly lastUsedAt: number | undefined;
}

/** An identifier may be a number or a text; we only hand it back. */
function identifier(value: unknown): string {
  return typeof value === 'number' ? String(value) : text(value);
}

function readProgram(body: unknown): Program {
  const f = fields(body);
  return {
    id: identifier(f['id']),
    name: text(f['name']),
    createdAt: moment(f['created_at']),
    lastUsedAt: moment(f['last_used_at']),
  };
}

export interface NewProgram extends Doors {
  readonly name: string;
  readonly password: string;
  readonly jid: string;
}

export function readNewProgram(body: unknown): NewProgram {
  const f = fields(body);
  return {
    name: text(f['name']),
    password: text(f['password']),
    jid: text(f['jid']),
    host: text(f['host']),
    xmppPort: number(f['xmpp_port']),
    xmppsPort: number(f['xmpps_port']),
  };
}

export const programs = () =>
  request('GET', '/api/app-passwords', (body) => list(body, readProgram));
export const addProgram = (name: string) =>
  request('POST', '/api/app-passwords', readNewProgram, { name });
export const removeProgram = (id: string) =>
  request('DELETE', `/api/app-passwords/${encodeURIComponent(id)}`, nothing);

export interface Device extends Program {
  readonly lastSeenAt: number | undefined;
  readonly current: boolean;
}

export const devices = () =>
  request('GET', '/api/devices', (body) =>
    list(body, (item): Device => {
      const f = fields(item);
      return {
        ...readProgram(item),
        lastSeenAt: moment(f['last_seen_at']),
        current: f['current'] === true,
      };
    }),
  );
export const removeDevice = (id: string) =>
  request('DELETE', `/api/devices/${encodeURIComponent(id)}`, nothing);
