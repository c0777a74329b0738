import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { prove, same } from './fast';

test('both proofs are what another implementation computes', async () => {
  const token = 'Zäunkönig-42';
  const mac = (words: string) => createHmac('sha256', token).update(words).digest();
  const proof = await prove('anna', token);
  const initial = Buffer.concat([Buffer.from('anna\0'), mac('Initiator')]);
  expect(proof.initial).toBe(initial.toString('base64'));
  expect(proof.expected).toBe(mac('Responder').toString('base64'));
});

test('same means equal', () => {
  expect(same('abc', 'abc')).toBe(true);
  expect(same('abc', 'abd')).toBe(false);
  expect(same('abc', 'ab')).toBe(false);
  expect(same('', 'a')).toBe(false);
});
