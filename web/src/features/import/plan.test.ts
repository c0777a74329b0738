import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readNewProgram, readSession } from '../../app/api';
import { isNothing, readPlan } from './plan';

test('no answer of the server makes a reader throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      expect(() => [readPlan(body), readSession(body), readNewProgram(body)]).not.toThrow();
    }),
  );
});

test('a plan is read as it is', () => {
  const plan = readPlan({
    plan: 'p1',
    summary: { joins: 2, unchanged: 40 },
    leaving_permille: 12,
    braked: false,
    entries: [{ kind: 'join', member_number: 17, name: 'Anna Meier', detail: 'OV Nord' }],
    conflicts: [{ file: 'members', line: 3, code: 'unknown-unit', detail: 'x' }],
  });
  expect(plan.summary).toMatchObject({ joins: 2, exits: 0, unchanged: 40 });
  expect(plan.entries[0]).toEqual({
    kind: 'join',
    number: '17',
    name: 'Anna Meier',
    detail: 'OV Nord',
  });
  expect(isNothing(plan.summary)).toBe(false);
  expect(isNothing(readPlan({}).summary)).toBe(true);
});
