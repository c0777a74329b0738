// Initials and a colour for a name: the same for everybody, on every device.

const COLOURS = 8;

/** "Anna Meier" → "AM", "Ortsverband Nord" → "ON", "Anna" → "A". */
export function initials(name: string): string {
  const words = name.split(/[\s-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words[words.length - 1] ?? '') : '';
  return (firstLetter(first) + firstLetter(last)).toLocaleUpperCase();
}

function firstLetter(word: string): string {
  return /^./u.exec(word)?.[0] ?? '';
}

/** 0 … 7, spread evenly (FNV-1a). */
export function colour(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  // FNV's low bits alone are too much alike: stir once more (the finaliser of MurmurHash3).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % COLOURS;
}
