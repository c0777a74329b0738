import { expect, test } from 'vitest';
import { middle } from './portrait';

test('the largest square in the middle is cut out', () => {
  expect(middle(400, 300)).toEqual({ x: 50, y: 0, side: 300 });
  expect(middle(301, 500)).toEqual({ x: 0, y: 99, side: 301 });
  expect(middle(1, 1)).toEqual({ x: 0, y: 0, side: 1 });
});
