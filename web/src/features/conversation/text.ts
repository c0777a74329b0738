// Finds web addresses in what somebody wrote, so that they can be drawn as links. Text in, parts out; only http
// and https become links.

export interface Part {
  readonly text: string;
  readonly href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'„“”]+/g;

/** What is said beside files: their plain addresses are left out. */
export function withoutAddresses(body: string, files: readonly { readonly url: string }[]): string {
  if (files.length === 0) return body;
  return files.reduce((rest, file) => rest.replace(file.url, ''), body).trim();
}

export function parts(text: string): Part[] {
  const found: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    // A full stop or bracket behind an address belongs to the sentence.
    const address = match[0].replace(/[.,;:!?)\]]+$/, '');
    let href: string;
    try {
      href = new URL(address).href;
    } catch {
      continue;
    }
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}
