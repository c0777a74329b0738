// Files in messages: shared with what they are called, how long and how large they are (XEP-0446, XEP-0447), and
// with a plain address for programs that know only that (XEP-0066). Left out: other ways to fetch than by HTTP,
// hashes (our server's address is the file's own, and it is fetched over TLS), thumbnails, XEP-0385.

import { METADATA, OOB, SFS, URL_DATA } from './ns';
import { child, children, textOf, x, type Xml } from './xml';

export interface SharedFile {
  readonly url: string;
  readonly name: string;
  /** In bytes; 0 when nobody told. */
  readonly size: number;
  readonly type: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** What goes beside the body, which holds the address alone. */
export function sharing(file: SharedFile): readonly Xml[] {
  const isShown = /^(image|audio|video)\//.test(file.type);
  const metadata = x(
    'file',
    { xmlns: METADATA },
    x('media-type', {}, file.type),
    x('name', {}, file.name),
    x('size', {}, String(file.size)),
    file.width === undefined ? undefined : x('width', {}, String(file.width)),
    file.height === undefined ? undefined : x('height', {}, String(file.height)),
  );
  const source = x('url-data', { xmlns: URL_DATA, target: file.url });
  return [
    x(
      'file-sharing',
      { xmlns: SFS, disposition: isShown ? 'inline' : 'attachment' },
      metadata,
      x('sources', {}, source),
    ),
    x('x', { xmlns: OOB }, x('url', {}, file.url)),
  ];
}

/** The files that a message shares; what cannot be fetched by HTTP is none. */
export function shared(message: Element, body: string): SharedFile[] {
  const found = children(message, 'file-sharing', SFS).flatMap((one) => described(one) ?? []);
  if (found.length > 0) return found;
  const plain = textOf(child(child(message, 'x', OOB), 'url', OOB)).trim();
  // XEP-0066 §4: programs that send only an address make it the whole body; otherwise it is a link in words.
  const url = plain !== '' && body.trim() === plain ? fetchable(plain) : undefined;
  return url ? [{ ...nameless, url, ...guessed(url) }] : [];
}

const nameless = { size: 0, type: '', width: undefined, height: undefined };

function described(sharing: Element): SharedFile | undefined {
  const sources = child(sharing, 'sources', SFS);
  const url = children(sources, 'url-data', URL_DATA)
    .map((source) => fetchable(source.getAttribute('target') ?? ''))
    .find((address) => address !== undefined);
  if (!url) return undefined;
  const file = child(sharing, 'file', METADATA);
  const told = (name: string) => textOf(child(file, name, METADATA)).trim();
  const [width, height] = measures(told('width'), told('height'), told('dimensions'));
  const guess = guessed(url);
  return {
    url,
    name: visible(told('name')) || guess.name,
    size: whole(told('size')) ?? 0,
    type: told('media-type') || guess.type,
    width,
    height,
  };
}

/** Only what a browser fetches over HTTP: never `javascript:` or `data:`. */
function fetchable(address: string): string | undefined {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function whole(text: string): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return number === undefined || number === 0 ? undefined : number;
}

/** XEP-0446 had `dimensions` before it had `width` and `height`. */
function measures(width: string, height: string, both: string): (number | undefined)[] {
  const [first = '', second = ''] = width ? [width, height] : both.split(/[x×]/);
  const pair = [whole(first), whole(second)];
  return pair.every((one) => one !== undefined && one < 100_000) ? pair : [undefined, undefined];
}

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  pdf: 'application/pdf',
};

function guessed(url: string): { name: string; type: string } {
  const last = new URL(url).pathname.split('/').pop() ?? '';
  let name: string;
  try {
    name = visible(decodeURIComponent(last));
  } catch {
    name = last;
  }
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return { name, type: TYPES[ending] ?? '' };
}

/** A name without what turns the writing direction, is invisible or breaks the line. */
function visible(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, 200);
}
