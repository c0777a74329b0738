// Service discovery (XEP-0030) and capabilities (XEP-0115): what we tell others about this client. The
// `+notify` features are how a server learns which personal nodes we want to hear of (XEP-0163 §4).

import { base64 } from './fast';
import { AVATAR_METADATA, BOOKMARKS, CAPS, DISCO_INFO, DISPLAYED, PING } from './ns';
import { iq } from './stanza';
import { child, path, x, type Xml } from './xml';

const NODE = 'https://konvent.invalid/web';
const NAME = 'Konvent';
const FEATURES = [
  CAPS,
  DISCO_INFO,
  `${AVATAR_METADATA}+notify`,
  `${BOOKMARKS}+notify`,
  `${DISPLAYED}+notify`,
  PING,
].sort();

/** XEP-0115 §5.1: identity and features in order, each closed by `<`, hashed with SHA-1. */
export async function version(): Promise<string> {
  const words = [`client/web//${NAME}`, ...FEATURES].map((word) => `${word}<`).join('');
  const hash = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(words));
  return base64(new Uint8Array(hash));
}

export function caps(ver: string): Xml {
  return x('c', { xmlns: CAPS, hash: 'sha-1', node: NODE, ver });
}

/** The answer to a disco#info question about us. */
export function info(question: Element): Xml {
  const node = child(question, 'query', DISCO_INFO)?.getAttribute('node') ?? undefined;
  return iq(
    {
      type: 'result',
      id: question.getAttribute('id') ?? '',
      to: question.getAttribute('from') ?? undefined,
    },
    x(
      'query',
      { xmlns: DISCO_INFO, node },
      x('identity', { category: 'client', type: 'web', name: NAME }),
      ...FEATURES.map((feature) => x('feature', { var: feature })),
    ),
  );
}

export function askInfo(id: string, jid: string): Xml {
  return iq({ type: 'get', id, to: jid }, x('query', { xmlns: DISCO_INFO }));
}

/** The name a room or service gives itself. */
export function nameOf(answer: Element): string {
  return path(answer, ['query', DISCO_INFO], ['identity', DISCO_INFO])?.getAttribute('name') ?? '';
}
