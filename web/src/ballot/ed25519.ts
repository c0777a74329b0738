// Ed25519, the default group (§5.2.1): 64 hexadecimal digits, the bytes of RFC 8032 in reverse.

import { ed25519 } from '@noble/curves/ed25519.js';

import { affine, comb } from './comb';
import type { Group } from './group';
import { hex, numberOf, sha256 } from './hash';

const { Point } = ed25519;
type Point = InstanceType<typeof Point>;

const Q = Point.Fn.ORDER;
const PADDING = 14n;

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i += 1) {
    bytes[31 - i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

function uncompress(text: string): Point | undefined {
  try {
    return Point.fromBytes(bytesOf(text), false);
  } catch {
    return undefined;
  }
}

function littleEndian(a: Point): Uint8Array {
  return a.toBytes();
}

function power(base: Point, x: bigint): Point {
  return base.multiplyUnsafe(x);
}

/** The point with these coordinates (RFC 8032 §5.1.2), reversed. */
function compress([x, y]: readonly [bigint, bigint]): string {
  return (y | ((x & 1n) << 255n)).toString(16).padStart(64, '0');
}

let tableOfG: ((x: bigint) => Point) | undefined;

export const Ed25519: Group<Point> = {
  name: 'Ed25519',
  q: Q,
  randomBytes: 48,
  capacity: 30,
  one: Point.ZERO,
  g: Point.BASE,
  mul: (a, b) => a.add(b),
  inverse: (a) => a.negate(),
  pow: power,
  powG(x) {
    tableOfG ??= comb(Point.BASE);
    return tableOfG(x);
  },
  fixed: comb,
  equals: (a, b) => a.equals(b),
  isMember: (a) => a.isTorsionFree(),
  parse: (text) => (/^[0-9a-f]{64}$/u.test(text) ? uncompress(text) : undefined),
  print: (a) => hex(littleEndian(a).toReversed()),
  printAll: (all) => affine(all).map(compress),
  order(a, b) {
    const [x, y] = [hex(littleEndian(a)), hex(littleEndian(b))];
    return x < y ? -1 : x > y ? 1 : 0;
  },
  ofInts(values) {
    if (values.length > 30) {
      return undefined;
    }
    const start = values.reduce((sum, value) => sum * 256n + BigInt(value), 0n) << PADDING;
    for (let epsilon = 0n; epsilon < 1n << PADDING; epsilon += 1n) {
      const point = uncompress((start + epsilon).toString(16).padStart(64, '0'));
      if (point?.isTorsionFree() === true) {
        return point;
      }
    }
    return undefined;
  },
  toInts(a, count) {
    let number = numberOf(littleEndian(a).toReversed()) >> PADDING;
    const values: number[] = [];
    for (let i = 0; i < count; i += 1) {
      values.unshift(Number(number & 255n));
      number >>= 8n;
    }
    return number === 0n ? values : undefined;
  },
  independentGenerator(i) {
    // uncompress(hash >> 2, counted upwards)⁸
    for (let number = numberOf(sha256(`ggen|${String(i)}`)) >> 2n; ; number += 1n) {
      const point = uncompress(number.toString(16).padStart(64, '0'));
      if (point !== undefined) {
        return point.clearCofactor();
      }
    }
  },
};
