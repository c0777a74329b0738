// Stanzas in general (RFC 6120 §8): building the three kinds, and reading why one was refused.

import { CLIENT, STANZA_ERRORS } from './ns';
import { child, textOf, x, type Xml } from './xml';

export interface Refusal {
  /** RFC 6120 §8.3.3, or `not-connected` from ourselves. */
  readonly condition: string;
  readonly text: string;
}

type Content = readonly (Xml | undefined)[];

export function message(
  attributes: { to: string; type: 'chat' | 'groupchat'; id: string },
  ...content: Content
): Xml {
  return x('message', { xmlns: CLIENT, ...attributes }, ...content);
}

export function presence(
  attributes: { to?: string; type?: 'unavailable' },
  ...content: Content
): Xml {
  return x('presence', { xmlns: CLIENT, ...attributes }, ...content);
}

export function iq(
  attributes: { type: 'get' | 'set' | 'result' | 'error'; id: string; to?: string | undefined },
  ...content: Content
): Xml {
  return x('iq', { xmlns: CLIENT, ...attributes }, ...content);
}

/** Why a stanza of type `error` was refused. */
export function refusalOf(stanza: Element): Refusal {
  const error = child(stanza, 'error', CLIENT);
  const parts = [...(error?.children ?? [])].filter((e) => e.namespaceURI === STANZA_ERRORS);
  return {
    condition: parts.find((e) => e.localName !== 'text')?.localName ?? 'undefined-condition',
    text: textOf(parts.find((e) => e.localName === 'text')),
  };
}
