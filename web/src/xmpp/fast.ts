// HT-SHA-256-NONE (draft-schmaus-kitten-sasl-ht, used by XEP-0484): both sides prove that they know the
// token. Both proofs are computed before the stream opens, so that the stream itself needs no promises.
// Channel binding is left out: a page in a browser can't see its TLS connection.

export const MECHANISM = 'HT-SHA-256-NONE';

export interface Proof {
  /** What the client sends: localpart NUL HMAC(token, "Initiator"), in base64. */
  readonly initial: string;
  /** What an honest server answers: HMAC(token, "Responder"), in base64. */
  readonly expected: string;
}

async function hmac(token: string, words: string): Promise<Uint8Array> {
  const utf8 = new TextEncoder();
  const key = await crypto.subtle.importKey(
    'raw',
    utf8.encode(token),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(words)));
}

export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export async function prove(localpart: string, token: string): Promise<Proof> {
  const [initiator, responder] = await Promise.all([
    hmac(token, 'Initiator'),
    hmac(token, 'Responder'),
  ]);
  const name = new TextEncoder().encode(localpart);
  const initial = new Uint8Array(name.length + 1 + initiator.length);
  initial.set(name);
  initial.set(initiator, name.length + 1);
  return { initial: base64(initial), expected: base64(responder) };
}

/** Compares without stopping at the first difference. */
export function same(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}
