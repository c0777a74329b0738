// BELENIOS-2048 (§5.1.1) on native BigInt: homomorphic questions of the audit profile.

import { mod, type Group } from './group';

const P = BigInt(
  '20694785691422546401013643657505008064922989295751104097100884787057374219242717401922237254497684338129066633138078958404960054389636289796393038773905722803605973749427671376777618898589872735865049081167099310535867780980030790491654063777173764198678527273474476341835600035698305193144284561701911000786737307333564123971732897913240474578834468260652327974647951137672658693582180046317922073668860052627186363386088796882120769432366149491002923444346373222145884100586421050242120365433561201320481118852408731077014151666200162313177169372189248078507711827842317498073276598828825169183103125680162072880719',
);
const G = BigInt(
  '2402352677501852209227687703532399932712287657378364916510075318787663274146353219320285676155269678799694668298749389095083896573425601900601068477164491735474137283104610458681314511781646755400527402889846139864532661215055797097162016168270312886432456663834863635782106154918419982534315189740658186868651151358576410138882215396016043228843603930989333662772848406593138406010231675095763777982665103606822406635076697764025346253773085133173495194248967754052573659049492477631475991575198775177711481490920456600205478127054728238140972518639858334115700568353695553423781475582491896050296680037745308460627',
);
const Q = BigInt('78571733251071885079927659812671450121821421258408794611510081919805623223441');
const WINDOW = 7;

function power(base: bigint, x: bigint): bigint {
  let [result, square, rest] = [1n, base, x];
  while (rest > 0n) {
    if ((rest & 1n) === 1n) {
      result = (result * square) % P;
    }
    square = (square * square) % P;
    rest >>= 1n;
  }
  return result;
}

/** Powers of one base from a table of its windows: one product for seven bits. */
function fixed(base: bigint): (x: bigint) => bigint {
  const rows: bigint[][] = [];
  let current = base;
  for (let bit = 0; bit < 256; bit += WINDOW) {
    const row = [1n];
    for (let digit = 1; digit < 1 << WINDOW; digit += 1) {
      row.push(((row[digit - 1] ?? 1n) * current) % P);
    }
    rows.push(row);
    current = ((row[row.length - 1] ?? 1n) * current) % P;
  }
  const mask = (1n << BigInt(WINDOW)) - 1n;
  return (x) => {
    let [result, rest] = [1n, x];
    for (const row of rows) {
      const digit = Number(rest & mask);
      if (digit !== 0) {
        result = (result * (row[digit] ?? 1n)) % P;
      }
      rest >>= BigInt(WINDOW);
    }
    return result;
  };
}

let tableOfG: ((x: bigint) => bigint) | undefined;

export const Belenios2048: Group<bigint> = {
  name: 'BELENIOS-2048',
  q: Q,
  randomBytes: 48,
  capacity: 0,
  one: 1n,
  g: G,
  mul: (a, b) => (a * b) % P,
  inverse: (a) => power(a, Q - 1n),
  pow: (base, x) => power(base, mod(x, Q)),
  powG(x) {
    tableOfG ??= fixed(G);
    return tableOfG(x);
  },
  fixed,
  equals: (a, b) => a === b,
  isMember: (a) => a > 0n && power(a, Q) === 1n,
  parse(text) {
    if (text.length > 617 || !/^(?:0|[1-9][0-9]*)$/u.test(text)) {
      return undefined;
    }
    const value = BigInt(text);
    return value < P ? value : undefined;
  },
  print: (a) => a.toString(),
  printAll: (all) => all.map((a) => a.toString()),
  order: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  ofInts: () => undefined,
  toInts: () => undefined,
};
