import { expect, test } from 'vitest';
import { blank } from '../../sync/reduce';
import type { Message } from '../../sync/types';
import { archiveOf, suspects } from './report';

const said = (
  author: string,
  archiveId: string | undefined,
  more: Partial<Message> = {},
): Message => ({
  key: archiveId ?? 'k',
  id: 'i',
  archiveId,
  author,
  mine: false,
  body: `Wort ${archiveId ?? ''}`,
  files: [],
  at: 0,
  state: 'sent',
  reason: undefined,
  ...more,
});
const room = blank('ov@gruppen.example', 'room', 'OV');

test('in a room everybody who wrote can be reported, the latest first, and never oneself', () => {
  const messages = [
    said('Max', '1', { authorJid: 'max@example' }),
    said('Ich', '2', { mine: true }),
    said('Anonym', '3'),
    said('Max', '4', { authorJid: 'max@example' }),
    said('', '5'),
    said('Max', undefined, { authorJid: 'max@example' }),
  ];
  const found = suspects({ ...room, messages });
  expect(found.map((one) => [one.jid, one.name])).toEqual([
    ['max@example', 'Max'],
    ['ov@gruppen.example/Anonym', 'Anonym'],
  ]);
  expect(found[0]?.messages.map((one) => one.archiveId)).toEqual(['4', '1']);
});

test('a person can be reported without having written', () => {
  const person = blank('max@example', 'person', 'Max');
  expect(suspects(person)).toEqual([{ jid: 'max@example', name: 'Max', messages: [] }]);
  const many = Array.from({ length: 30 }, (_, at) =>
    said('Max', String(at), { authorJid: 'max@example' }),
  );
  expect(suspects({ ...person, messages: many })[0]?.messages).toHaveLength(12);
});

test('messages are named by the archive that holds them', () => {
  const me = { jid: 'ich@example', rooms: 'gruppen.example' };
  expect(archiveOf(room, me)).toBe('ov@gruppen.example');
  expect(archiveOf(blank('max@example', 'person', 'Max'), me)).toBe('ich@example');
});
