import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chat, said } from './chat';
import { shared, type SharedFile } from './files';
import { parse } from './xml';

const photo: SharedFile = {
  url: 'https://x.example/files/k/Foto%20%C3%A4.jpg',
  name: 'Foto ä.jpg',
  size: 1234,
  type: 'image/jpeg',
  width: 640,
  height: 480,
};

function read(inner: string, body = '') {
  const stanza = parse(`<message xmlns='jabber:client' type='chat'>${inner}</message>`);
  if (!stanza) throw new Error('not well-formed');
  return shared(stanza, body);
}

test('what we share is read again, and others find a plain address', () => {
  const sent = parse(chat('a@x', 'chat', 'i', photo.url, photo).text);
  if (!sent) throw new Error('not well-formed');
  const heard = said(sent);
  expect(heard?.files).toEqual([photo]);
  expect(heard?.body).toBe(photo.url);
  expect(sent.querySelector('x > url')?.textContent).toBe(photo.url);
});

test('a plain address is a file when it is all that is said', () => {
  const oob = `<x xmlns='jabber:x:oob'><url>${photo.url}</url></x>`;
  expect(read(oob, photo.url)).toEqual([
    { ...photo, size: 0, width: undefined, height: undefined },
  ]);
  expect(read(oob, `Sieh mal: ${photo.url}`)).toEqual([]);
});

test('only what is fetched by HTTP is a file, and names do not mislead', () => {
  const share = (target: string, inner = '') =>
    read(
      `<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>${inner}</file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${target}'/></sources></file-sharing>`,
    );
  expect(share('javascript:alert(1)')).toEqual([]);
  expect(share('data:text/html,x')).toEqual([]);
  expect(share('')).toEqual([]);
  const [odd] = share(
    'https://x/y',
    '<name>rechnung&#x202e;fdp.exe</name><size>-1</size><width>1e9</width><height>5</height>',
  );
  expect(odd).toMatchObject({ name: 'rechnungfdp.exe', size: 0, width: undefined });
  expect(share('https://x/y', '<dimensions>40x20</dimensions>')[0]).toMatchObject({
    width: 40,
    height: 20,
  });
});

test('any address and name are read without a fault', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (url, body) => {
      const element = document.implementation.createDocument('jabber:client', 'message');
      const x = element.createElementNS('jabber:x:oob', 'x');
      const inner = element.createElementNS('jabber:x:oob', 'url');
      inner.textContent = url;
      x.append(inner);
      element.documentElement.append(x);
      expect(Array.isArray(shared(element.documentElement, body))).toBe(true);
    }),
  );
});
