// The sign-in code as people type it: `k7qf 2m9x-4tbc` means K7QF-2M9X-4TBC. What it opens is the server's
// business; here it is only brought into shape.

export function tidyCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .toLocaleUpperCase('en')
    .replace(/[^A-Z0-9]/g, '');
}

/** Groups of four, as the letter prints it. */
export function shownCode(typed: string): string {
  return (
    tidyCode(typed)
      .match(/.{1,4}/g)
      ?.join('-') ?? ''
  );
}

/** The code of a letter's link: it stands in the fragment, which browsers never send by themselves. */
export function codeInFragment(fragment: string): string {
  let words = fragment.replace(/^#/, '');
  try {
    words = decodeURIComponent(words);
  } catch {
    return '';
  }
  return words.trim();
}

/** A year of birth somebody alive may have, or undefined. */
export function birthYear(typed: string, thisYear: number): number | undefined {
  const digits = typed.trim();
  if (!/^\d{4}$/.test(digits)) return undefined;
  const year = Number(digits);
  return year >= thisYear - 125 && year <= thisYear ? year : undefined;
}
