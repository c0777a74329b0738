// Which page is shown, by the address in the browser's bar (History API). Addresses carry readable names, never
// a whole network address.

import { domain, localpart } from '../xmpp/jid';

export type Route =
  | { readonly page: 'chats' }
  | { readonly page: 'conversation'; readonly jid: string }
  | { readonly page: 'people' }
  | { readonly page: 'settings' }
  | { readonly page: 'import' }
  | { readonly page: 'reports' }
  | { readonly page: 'retention' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'unknown' };

/** Our own domain and the rooms' service: what an address leaves out. */
export interface Places {
  readonly domain: string;
  readonly rooms: string;
}

export function pathOf(jid: string, places: Places): string {
  const name = encodeURIComponent(localpart(jid));
  if (domain(jid) === places.rooms) return `/gruppe/${name}`;
  if (domain(jid) === places.domain) return `/person/${name}`;
  return `/person/${encodeURIComponent(jid)}`;
}

const ADMINISTRATION = [
  ['mitglieder', 'import'],
  ['meldungen', 'reports'],
  ['aufbewahrung', 'retention'],
] as const;

function administrationAt(name: string): 'import' | 'reports' | 'retention' | undefined {
  for (const [known, page] of ADMINISTRATION) if (known === name) return page;
  return undefined;
}

export function route(path: string, places: Places): Route {
  const [first = '', second = '', ...rest] = path.replace(/^\/|\/$/g, '').split('/');
  if (rest.length > 0) return { page: 'unknown' };
  let name: string;
  try {
    name = decodeURIComponent(second);
  } catch {
    return { page: 'unknown' };
  }
  if (name) {
    if (first === 'gruppe') return { page: 'conversation', jid: `${name}@${places.rooms}` };
    if (first === 'person') {
      return { page: 'conversation', jid: name.includes('@') ? name : `${name}@${places.domain}` };
    }
    const administration = first === 'verwaltung' ? administrationAt(name) : undefined;
    if (administration) return { page: administration };
    return { page: 'unknown' };
  }
  switch (first) {
    case '':
      return { page: 'chats' };
    case 'neu':
      return { page: 'people' };
    case 'einstellungen':
      return { page: 'settings' };
    case 'anmelden':
      return { page: 'sign-in' };
    default:
      return { page: 'unknown' };
  }
}

let path = $state(location.pathname);

export function currentPath(): string {
  return path;
}

export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  path = location.pathname;
}

addEventListener('popstate', () => {
  path = location.pathname;
});

/** Follows links inside the app without loading the page anew; leaves all other clicks to the browser. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link?.href || link.target || link.hasAttribute('download')) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || to.pathname.startsWith('/api/') || to.hash) return;
  event.preventDefault();
  if (to.pathname !== location.pathname) go(to.pathname);
}
