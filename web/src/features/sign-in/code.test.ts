import { expect, test } from 'vitest';
import { birthYear, codeInFragment, shownCode, tidyCode } from './code';

test('case, spaces and dashes are forgiven', () => {
  for (const typed of ['K7QF-2M9X-4TBC', 'k7qf2m9x4tbc', ' k7qf 2m9x–4tbc ', 'K7QF—2M9X 4TBC']) {
    expect(tidyCode(typed)).toBe('K7QF2M9X4TBC');
    expect(shownCode(typed)).toBe('K7QF-2M9X-4TBC');
  }
});

test('the link’s code is taken from the fragment, whatever stands there', () => {
  expect(codeInFragment('#K7QF-2M9X-4TBC')).toBe('K7QF-2M9X-4TBC');
  expect(codeInFragment('')).toBe('');
  expect(codeInFragment('#%')).toBe('');
});

test('a year of birth has four digits and is possible', () => {
  expect(birthYear(' 1951 ', 2026)).toBe(1951);
  for (const typed of ['51', '1800', '2027', '19 51', '']) {
    expect(birthYear(typed, 2026), typed).toBeUndefined();
  }
});
