// Result set management (XEP-0059), as much as paging through an archive needs.

import { RSM } from './ns';
import { child, textOf, x, type Xml } from './xml';

export type Page =
  | { readonly newest: number }
  | { readonly before: string; readonly max: number }
  | { readonly after: string; readonly max: number };

export function page(wanted: Page): Xml {
  if ('newest' in wanted) {
    // XEP-0059 §2.5: an empty <before/> asks for the last page.
    return x('set', { xmlns: RSM }, x('max', {}, String(wanted.newest)), x('before'));
  }
  const edge = 'before' in wanted ? x('before', {}, wanted.before) : x('after', {}, wanted.after);
  return x('set', { xmlns: RSM }, x('max', {}, String(wanted.max)), edge);
}

/** First and last id of a page, when it holds anything. */
export function bounds(parent: Element): { first: string; last: string } | undefined {
  const set = child(parent, 'set', RSM);
  const first = textOf(child(set, 'first', RSM));
  const last = textOf(child(set, 'last', RSM));
  return first && last ? { first, last } : undefined;
}
