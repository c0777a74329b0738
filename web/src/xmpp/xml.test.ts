import fc from 'fast-check';
import { expect, test } from 'vitest';
import { child, escape, parse, textOf, x } from './xml';

test('whatever a member types arrives as it was, without what XML forbids', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (words) => {
      const root = parse(x('m', { xmlns: 'urn:t', a: words }, x('body', {}, words)).text);
      expect(root).toBeDefined();
      const sent = words
        .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
        // eslint-disable-next-line no-control-regex -- these are the ones that XML forbids
        .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
        .replace(/\r\n?/g, '\n'); // XML 1.0 §2.11
      expect(textOf(child(root, 'body', 'urn:t'))).toBe(sent);
    }),
  );
});

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(fc.string(), (frame) => {
      expect(() => parse(frame)).not.toThrow();
    }),
  );
});

test('document types and broken markup are refused', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>';
  for (const frame of [bomb, '', '<a>', '<a/><b/>', '<a b=c/>', 'text']) {
    expect(parse(frame), frame).toBeUndefined();
  }
});

test('markup characters are escaped', () => {
  expect(escape(`<a b="c">&'`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&apos;');
});
