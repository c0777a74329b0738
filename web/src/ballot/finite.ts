// Subgroups of finite fields on native BigInt (§5.1): BELENIOS-2048 for homomorphic questions of the
// audit profile, RFC-3526-2048 (a safe prime, so that ranks can be encoded) for the same tool.

import { mod, type Group } from './group';
import { numberOf, sha256 } from './hash';

const BELENIOS_P = BigInt(
  '20694785691422546401013643657505008064922989295751104097100884787057374219242717401922237254497684338129066633138078958404960054389636289796393038773905722803605973749427671376777618898589872735865049081167099310535867780980030790491654063777173764198678527273474476341835600035698305193144284561701911000786737307333564123971732897913240474578834468260652327974647951137672658693582180046317922073668860052627186363386088796882120769432366149491002923444346373222145884100586421050242120365433561201320481118852408731077014151666200162313177169372189248078507711827842317498073276598828825169183103125680162072880719',
);
const BELENIOS_G = BigInt(
  '2402352677501852209227687703532399932712287657378364916510075318787663274146353219320285676155269678799694668298749389095083896573425601900601068477164491735474137283104610458681314511781646755400527402889846139864532661215055797097162016168270312886432456663834863635782106154918419982534315189740658186868651151358576410138882215396016043228843603930989333662772848406593138406010231675095763777982665103606822406635076697764025346253773085133173495194248967754052573659049492477631475991575198775177711481490920456600205478127054728238140972518639858334115700568353695553423781475582491896050296680037745308460627',
);
const BELENIOS_Q = BigInt('78571733251071885079927659812671450121821421258408794611510081919805623223441');
const RFC_P = BigInt(
  '32317006071311007300338913926423828248817941241140239112842009751400741706634354222619689417363569347117901737909704191754605873209195028853758986185622153212175412514901774520270235796078236248884246189477587641105928646099411723245426622522193230540919037680524235519125679715870117001058055877651038861847280257976054903569732561526167081339361799541336476559160368317896729073178384589680639671900977202194168647225871031411336429319536193471636533209717077448227988588565369208645296636077250268955505928362751121174096972998068410554359584866583291642136218231078990999448652468262416972035911852507045361090559',
);
const WINDOW = 7;
/** Bits of a value, and of zeros below the values of an encoded answer (§5.1.2). */
const BYTE = 8n;

interface Numbers {
  readonly name: string;
  readonly p: bigint;
  readonly q: bigint;
  readonly g: bigint;
  /** Whether p = 2q + 1: then members are the squares, and answers can be encoded. */
  readonly isSafe: boolean;
}

/** base^x mod p, four bits at a time. */
function power(p: bigint, base: bigint, x: bigint): bigint {
  const table = [1n];
  for (let i = 1; i < 16; i += 1) {
    table.push(((table[i - 1] ?? 1n) * base) % p);
  }
  let result = 1n;
  for (const digit of x.toString(16)) {
    const square = (result * result) % p;
    const fourth = (square * square) % p;
    const eighth = (fourth * fourth) % p;
    result = (eighth * eighth) % p;
    if (digit !== '0') {
      result = (result * (table[Number.parseInt(digit, 16)] ?? 1n)) % p;
    }
  }
  return result;
}

/** The Jacobi symbol (a/n) for odd n. */
function jacobi(a: bigint, n: bigint): number {
  let [top, bottom, sign] = [a % n, n, 1];
  while (top !== 0n) {
    while ((top & 1n) === 0n) {
      const low = Number(BigInt.asUintN(30, top));
      const zeros = low === 0 ? 30 : 31 - Math.clz32(low & -low);
      top >>= BigInt(zeros);
      const rest = Number(bottom & 7n);
      if (zeros % 2 === 1 && (rest === 3 || rest === 5)) {
        sign = -sign;
      }
    }
    if (Number(top & 3n) === 3 && Number(bottom & 3n) === 3) {
      sign = -sign;
    }
    [top, bottom] = [bottom % top, top];
  }
  return bottom === 1n ? sign : 0;
}

/** Powers of one base from a table of its windows: one product for seven bits. */
function comb(p: bigint, q: bigint, base: bigint): (x: bigint) => bigint {
  const rows: bigint[][] = [];
  let current = base;
  for (let bit = 0; bit < q.toString(2).length; bit += WINDOW) {
    const row = [1n];
    for (let digit = 1; digit < 1 << WINDOW; digit += 1) {
      row.push(((row[digit - 1] ?? 1n) * current) % p);
    }
    rows.push(row);
    current = ((row[row.length - 1] ?? 1n) * current) % p;
  }
  const mask = (1n << BigInt(WINDOW)) - 1n;
  return (x) => {
    let [result, rest] = [1n, x];
    for (const row of rows) {
      const digit = Number(rest & mask);
      if (digit !== 0) {
        result = (result * (row[digit] ?? 1n)) % p;
      }
      rest >>= BigInt(WINDOW);
    }
    return result;
  };
}

function finite({ name, p, q, g, isSafe }: Numbers): Group<bigint> {
  const capacity = isSafe ? 255 : 0;
  let tableOfG: ((x: bigint) => bigint) | undefined;
  const isMember = (a: bigint) => a > 0n && (isSafe ? jacobi(a, p) === 1 : power(p, a, q) === 1n);
  return {
    name,
    q,
    randomBytes: 8 * Math.ceil(q.toString(2).length / 64) + 16,
    capacity,
    one: 1n,
    g,
    mul: (a, b) => (a * b) % p,
    inverse: (a) => power(p, a, q - 1n),
    pow: (base, x) => power(p, base, mod(x, q)),
    powG(x) {
      tableOfG ??= comb(p, q, g);
      return tableOfG(x);
    },
    fixed: (base) => comb(p, q, base),
    equals: (a, b) => a === b,
    isMember,
    parse(text) {
      if (text.length > 617 || !/^(?:0|[1-9][0-9]*)$/u.test(text)) {
        return undefined;
      }
      const value = BigInt(text);
      return value < p ? value : undefined;
    },
    print: (a) => a.toString(),
    printAll: (all) => all.map((a) => a.toString()),
    order: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
    ofInts(values) {
      if (values.length > capacity) {
        return undefined;
      }
      const start = values.reduce((sum, value) => (sum << BYTE) + BigInt(value), 0n) << BYTE;
      for (let epsilon = 0n; epsilon < 1n << BYTE; epsilon += 1n) {
        if (isMember(start + epsilon)) {
          return start + epsilon;
        }
      }
      return undefined;
    },
    toInts(a, count) {
      const values: number[] = [];
      let rest = a >> BYTE;
      for (let i = 0; i < count; i += 1) {
        values.unshift(Number(rest & 255n));
        rest >>= BYTE;
      }
      return isSafe && rest === 0n ? values : undefined;
    },
    independentGenerator(i) {
      // x^((p−1)/q), which is x² for a safe prime
      const x = numberOf(sha256(`ggen|${String(i)}`));
      return isSafe ? (x * x) % p : undefined;
    },
  };
}

export const Belenios2048 = finite({
  name: 'BELENIOS-2048',
  p: BELENIOS_P,
  q: BELENIOS_Q,
  g: BELENIOS_G,
  isSafe: false,
});

export const Rfc3526 = finite({
  name: 'RFC-3526-2048',
  p: RFC_P,
  q: (RFC_P - 1n) / 2n,
  g: 2n,
  isSafe: true,
});
