// Randomness, handed in: from the browser, or a repeatable stream for vectors and spoiled ballots.

import { sha256 } from './hash';

export interface Randomness {
  bytes(length: number): Uint8Array;
}

/** The browser's randomness. */
export const system: Randomness = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** Block i is SHA-256(seed ‖ i as eight big-endian bytes), as `random::Seeded` of the crate. */
export function seeded(seed: Uint8Array): Randomness {
  let counter = 0n;
  let block = new Uint8Array(0);
  let used = 0;
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let i = 0; i < length; i += 1) {
        if (used === block.length) {
          const input = new Uint8Array(seed.length + 8);
          input.set(seed);
          new DataView(input.buffer).setBigUint64(seed.length, counter);
          block = new Uint8Array(sha256(input));
          counter += 1n;
          used = 0;
        }
        out[i] = block[used] ?? 0;
        used += 1;
      }
      return out;
    },
  };
}
