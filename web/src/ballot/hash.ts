// SHA-256 and its spellings in the protocol. No DOM and no network in this folder.

import { sha256 as digest } from '@noble/hashes/sha2.js';

const utf8 = new TextEncoder();

export function bytesOf(text: string): Uint8Array {
  return utf8.encode(text);
}

export function sha256(data: Uint8Array | string): Uint8Array {
  return digest(typeof data === 'string' ? bytesOf(data) : data);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Big-endian number of any length. */
export function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}

/** Unpadded Base64: fingerprints and trackers. */
export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/u, '');
}

export function fingerprint(data: Uint8Array | string): string {
  return base64(sha256(data));
}
