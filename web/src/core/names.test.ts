import fc from 'fast-check';
import { expect, test } from 'vitest';
import { colour, initials } from './names';

test('initials are the first and the last word’s', () => {
  expect(initials('Anna Meier')).toBe('AM');
  expect(initials('Dr. Hans-Peter von Öhlen')).toBe('DÖ');
  expect(initials('ov')).toBe('O');
  expect(initials('  ')).toBe('');
  expect(initials('(Vorstand) Kreis')).toBe('K');
});

test('every name has one of eight colours, and names differ', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect([0, 1, 2, 3, 4, 5, 6, 7]).toContain(colour(name));
    }),
  );
  const names = Array.from({ length: 200 }, (_, i) => `Person ${String(i)}`);
  expect(new Set(names.map(colour)).size).toBe(8);
});
