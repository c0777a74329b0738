// Files in pieces over HTTP (tus 1.0.0), for `sync/upload.ts`. XMLHttpRequest, because fetch tells no progress of
// what is sent.

import { fields, text } from '../core/json';
import { err, ok, type Result } from '../core/result';
import type { Pieces, Place, Problem, Sending } from '../sync/upload';
import { domain, localpart } from '../xmpp/jid';

const VERSION = '1.0.0';

interface Asked {
  readonly method: 'POST' | 'HEAD' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob;
  readonly progress?: (sent: number) => void;
  readonly stop?: AbortSignal;
}

function ask(asked: Asked): Promise<Result<XMLHttpRequest, Problem>> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(asked.method, asked.path);
    const headers = { 'Tus-Resumable': VERSION, ...asked.headers };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => asked.progress?.(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(ok(request));
      else resolve(err({ status: request.status, code: codeOf(request) }));
    };
    request.onerror = () => {
      resolve(err({ status: 0, code: 'unreachable' }));
    };
    request.onabort = () => {
      resolve(err({ status: 0, code: 'aborted' }));
    };
    asked.stop?.addEventListener('abort', () => {
      request.abort();
    });
    request.send(asked.body ?? null);
  });
}

function codeOf(request: XMLHttpRequest): string {
  try {
    const body: unknown = JSON.parse(request.responseText);
    return text(fields(body)['code'], 'other');
  } catch {
    return 'other';
  }
}

function offsetOf(request: XMLHttpRequest): Result<number, Problem> {
  const offset = Number(request.getResponseHeader('Upload-Offset') ?? 'none');
  return Number.isSafeInteger(offset) ? ok(offset) : err({ status: 500, code: 'other' });
}

function base64(words: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(words)));
}

/** `rooms`: the service of the rooms; a file for one of them is told to be so, because its period may differ. */
export function pieces(rooms: string): Pieces {
  return {
    async create(file: Sending): Promise<Result<Place, Problem>> {
      const room = domain(file.jid) === rooms ? localpart(file.jid) : '';
      const metadata = Object.entries({ filename: file.name, filetype: file.type, room })
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name} ${base64(value)}`);
      const answer = await ask({
        method: 'POST',
        path: '/api/uploads',
        headers: {
          'Upload-Length': String(file.content.size),
          'Upload-Metadata': metadata.join(','),
        },
      });
      if (!answer.ok) return answer;
      const location = answer.value.getResponseHeader('Location') ?? '';
      let url = '';
      try {
        url = text(fields(JSON.parse(answer.value.responseText) as unknown)['url']);
      } catch {
        // No address: said below.
      }
      const isUseful = location.startsWith('/api/uploads/') && url !== '';
      return isUseful ? ok({ location, url }) : err({ status: 500, code: 'other' });
    },
    async offset(location) {
      const answer = await ask({ method: 'HEAD', path: location });
      return answer.ok ? offsetOf(answer.value) : answer;
    },
    async send(location, content, offset, progress, stop) {
      const answer = await ask({
        method: 'PATCH',
        path: location,
        headers: {
          'Content-Type': 'application/offset+octet-stream',
          'Upload-Offset': String(offset),
        },
        body: content.slice(offset),
        progress,
        stop,
      });
      return answer.ok ? offsetOf(answer.value) : answer;
    },
    async giveUp(location) {
      await ask({ method: 'DELETE', path: location });
    },
  };
}
