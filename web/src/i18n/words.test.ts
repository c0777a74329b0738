import { expect, test } from 'vitest';
import { fill } from './format';
import de from './messages/de.json';
import en from './messages/en.json';
import { brief, day } from './time';

const gaps = (text: string) => [...text.matchAll(/\{(\w+)[,}]/g)].map((m) => m[1]).sort();

test('both languages have the same keys and the same gaps', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(de).sort());
  for (const [key, text] of Object.entries(de)) {
    const names = new Set(gaps(text));
    expect(new Set(gaps(en[key as keyof typeof en])), key).toEqual(names);
  }
});

test('no word of the machine room reaches the person', () => {
  for (const [key, text] of [...Object.entries(de), ...Object.entries(en)]) {
    expect(text, key).not.toMatch(/\b(account|token|channel|jid|server-?fehler|error)\b/i);
  }
});

test('counts choose their form', () => {
  const text = '{count, plural, one{# Brief} other{# Briefe}} für {name}';
  expect(fill(text, 'de', { count: 1, name: 'Anna' })).toBe('1 Brief für Anna');
  expect(fill(text, 'de', { count: 2000, name: 'Anna' })).toBe('2.000 Briefe für Anna');
});

test('what a member writes is not taken for a gap', () => {
  expect(fill('{name}: {text}', 'de', { name: '{text}', text: '$& {name}' })).toBe(
    '{text}: $& {name}',
  );
});

test('days are said as people say them', () => {
  const now = new Date(2026, 10, 21, 12).getTime();
  const at = (d: number, month = 10, year = 2026) => new Date(year, month, d, 9).getTime();
  expect(day(at(21), now, 'de')).toBe('Heute');
  expect(day(at(20), now, 'de')).toBe('Gestern');
  expect(day(at(18), now, 'de')).toBe('Mittwoch');
  expect(day(at(3), now, 'de')).toBe('3. November');
  expect(day(at(3, 2, 2025), now, 'de')).toBe('3. März 2025');
  expect(brief(at(21), now, 'de')).toBe('09:00');
});
