import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parts } from './text';

test('addresses become links, the sentence keeps its full stop', () => {
  expect(parts('Siehe https://example.org/a?b=1.')).toEqual([
    { text: 'Siehe ' },
    { text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
    { text: '.' },
  ]);
});

test('no other scheme becomes a link', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc', 'http://']) {
    expect(
      parts(text).every((part) => part.href === undefined),
      text,
    ).toBe(true);
  }
});

test('nothing of the text is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.webUrl())), (words) => {
      const text = words.join(' ');
      expect(
        parts(text)
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
