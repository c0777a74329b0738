// Trustees (§4.5–§4.7): whose keys make the key of the election, and who must open the result.

import { invert, mod, type Group } from './group';
import { exactJson, parseAll } from './json';
import { knows } from './proof';
import { parseKey, parsePedersen, pedersenFaults, publicKey, type Key, type Pedersen } from './threshold';

/** `trustee_kind` of §4.7. */
type Kind<P> =
  { readonly single: Key<P> } | { readonly single: undefined; readonly pedersen: Pedersen<P> };

export type Trustees<P> = readonly Kind<P>[];

/** Reads `trustees` of §4.7; undefined when they are not spelled as the crate would. */
export function readTrustees<P>(group: Group<P>, text: string): Trustees<P> | undefined {
  return parseAll(exactJson(text), (value): Kind<P> | undefined => {
    const [kind, inner] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
    if (kind === 'Single') {
      const single = parseKey(group, inner);
      return single === undefined ? undefined : { single };
    }
    const pedersen = kind === 'Pedersen' ? parsePedersen(group, inner) : undefined;
    return pedersen === undefined ? undefined : { single: undefined, pedersen };
  });
}

/** The verification keys in the order in which trustees are numbered, from 1. */
export function keysOf<P>(trustees: Trustees<P>): readonly Key<P>[] {
  return trustees.flatMap((kind) => (kind.single === undefined ? kind.pedersen.keys : [kind.single]));
}

/** Every reason to refuse these trustees as those of an election with this key. */
export function trusteesFaults<P>(group: Group<P>, trustees: Trustees<P>, key: P): string[] {
  const faults = trustees.length === 0 ? ['setup.trustees'] : [];
  const isSound = ({ point, text, pok }: Key<P>) =>
    group.isMember(point) && knows(group, `pok|${group.name}|${text}|`, pok, point);
  if (!keysOf(trustees).every(isSound)) {
    faults.push('setup.trustee-proof');
  }
  let product: P | undefined = group.one;
  for (const kind of trustees) {
    const own = kind.single === undefined ? publicKey(group, kind.pedersen) : kind.single.point;
    product = product === undefined || own === undefined ? undefined : group.mul(product, own);
    faults.push(...(kind.single === undefined ? pedersenFaults(group, kind.pedersen) : []));
  }
  // §3.1.1: the keys of all items multiply to the key of the election
  const fits = product !== undefined && group.equals(product, key);
  return fits ? faults : [...faults, 'setup.public-key'];
}

/** λ of §4.21: Π k/(k − δ) over the other indexes k. */
function lagrange(q: bigint, delta: bigint, all: readonly bigint[]): bigint {
  return all
    .filter((k) => k !== delta)
    .reduce((product, k) => mod(product * k * invert(k - delta, q), q), 1n);
}

/** How the partial decryptions of those in `present` combine: each with its exponent (§4.21);
 * undefined when a mandatory one or a share is missing. */
export function combination<P>(
  group: Group<P>,
  trustees: Trustees<P>,
  present: ReadonlySet<number>,
): (readonly [owner: number, exponent: bigint])[] | undefined {
  const all: (readonly [number, bigint])[] = [];
  let before = 0;
  for (const kind of trustees) {
    const size = kind.single === undefined ? kind.pedersen.keys.length : 1;
    const needed = kind.single === undefined ? kind.pedersen.threshold : 1;
    const chosen = Array.from({ length: size }, (_, i) => i + 1)
      .filter((index) => present.has(before + index))
      .slice(0, needed);
    if (chosen.length < needed) {
      return undefined;
    }
    const indexes = chosen.map(BigInt);
    for (const index of chosen) {
      const exponent = kind.single === undefined ? lagrange(group.q, BigInt(index), indexes) : 1n;
      all.push([before + index, exponent]);
    }
    before += size;
  }
  return all;
}
