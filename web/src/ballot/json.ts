// JSON as the protocol writes it (§4.1): compact, members in the order of the specification. Total:
// whatever arrives, the answer is a value or undefined, never an exception.

export type Json = Readonly<Record<string, unknown>>;

/** Nesting that no message of the protocol reaches; deeper ones could exhaust the stack. */
const DEEPEST = 16;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** No white space between tokens, and no deeper than any message of the protocol. */
function isCompact(text: string): boolean {
  let [inside, escaped, depth] = [false, false, 0];
  for (const c of text) {
    if (escaped) {
      escaped = false;
    } else if (inside) {
      escaped = c === '\\';
      inside = c !== '"';
    } else if (c === '"') {
      inside = true;
    } else if (c === ' ' || c === '\t' || c === '\n' || c === '\r') {
      return false;
    } else if (c === '[' || c === '{') {
      depth += 1;
      if (depth > DEEPEST) {
        return false;
      }
    } else if (c === ']' || c === '}') {
      depth -= 1;
    }
  }
  return true;
}

/** The value of a JSON text, if it has no white space between its tokens. */
export function parseJson(text: string): unknown {
  try {
    return isCompact(text) ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a text that is spelled as the crate would spell it. */
export function exactJson(text: string): unknown {
  const value = parseJson(text);
  return value !== undefined && JSON.stringify(value) === text ? value : undefined;
}

/** Whether a record has exactly these members, and perhaps the optional ones. */
export function has(record: Json, members: readonly string[], optional: readonly string[] = []) {
  const keys = Object.keys(record);
  return (
    members.every((key) => key in record) &&
    keys.every((key) => members.includes(key) || optional.includes(key))
  );
}

/** A record with exactly these members in this order; those that end in `?` may be missing. */
export function ordered(value: unknown, members: readonly string[]): Json | undefined {
  if (!isRecord(value)) {
    return undefined;
  }
  const names = members.filter((name) => !name.endsWith('?') || name.slice(0, -1) in value);
  const wanted = names.map((name) => name.replace('?', ''));
  const keys = Object.keys(value);
  const same = keys.length === wanted.length && keys.every((key, i) => key === wanted[i]);
  return same ? value : undefined;
}

/** All items parsed, or undefined. */
export function parseAll<T>(
  value: unknown,
  parse: (item: unknown) => T | undefined,
): T[] | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const items = value.map(parse).filter((item) => item !== undefined);
  return items.length === value.length ? items : undefined;
}
