import { expect, test } from 'vitest';
import { handled, Sm } from './sm';
import { parse } from './xml';

test('an acknowledgement covers the oldest, once', () => {
  const sm = new Sm();
  sm.sent('<presence/>');
  sm.sent('<message/>', 'a');
  sm.sent('<message/>', 'b');
  expect(sm.covered(2)).toEqual(['a']);
  expect(sm.covered(2)).toEqual([]);
  expect(sm.unacknowledged().map((sent) => sent.key)).toEqual(['b']);
});

test('a count above what was sent is refused and changes nothing', () => {
  const sm = new Sm();
  sm.sent('<message/>', 'a');
  expect(sm.covered(2)).toBeUndefined();
  expect(sm.covered(1)).toEqual(['a']);
});

test('counts wrap at 2^32', () => {
  const sm = new Sm();
  sm.received = 0xffff_ffff;
  sm.receivedOne();
  expect(sm.received).toBe(0);
});

test('only a number is a count', () => {
  const h = (value: string) => handled(parse(`<a h='${value}'/>`) as Element);
  expect(h('7')).toBe(7);
  for (const bad of ['', '-1', 'x', '4294967296', '1e3']) expect(h(bad), bad).toBeUndefined();
});
