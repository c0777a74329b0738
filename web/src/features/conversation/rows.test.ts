import { expect, test } from 'vitest';
import type { Message } from '../../sync/types';
import { grewAtTheTop, rows } from './rows';

const at = (day: number, hour: number, minute = 0) =>
  new Date(2026, 10, day, hour, minute).getTime();

function message(key: string, author: string, time: number, mine = false): Message {
  return {
    key,
    id: key,
    archiveId: key,
    files: [],
    author,
    mine,
    body: key,
    at: time,
    state: 'sent',
    reason: undefined,
  };
}

const drawn = (messages: Message[], newFrom?: string) =>
  rows({ messages, newFrom }).map((row) =>
    row.kind === 'message' ? `${row.first ? '[' : ''}${row.key}${row.last ? ']' : ''}` : row.kind,
  );

test('one author’s words in a row stand together, a new day parts them', () => {
  expect(
    drawn([
      message('a', 'Bert', at(20, 23, 58)),
      message('b', 'Bert', at(21, 0, 1)),
      message('c', 'Bert', at(21, 0, 2)),
      message('d', 'Cem', at(21, 0, 3)),
      message('e', 'Cem', at(21, 9)),
    ]),
  ).toEqual(['top', 'day', '[a]', 'day', '[b', 'c]', '[d]', '[e]']);
});

test('the line for new messages stands before the first of them and parts a group', () => {
  const both = [message('a', 'Bert', at(21, 9)), message('b', 'Bert', at(21, 9, 1))];
  expect(drawn(both, 'b')).toEqual(['top', 'day', '[a]', 'new', '[b]']);
});

test('a sender with a wrong clock does not bring yesterday back', () => {
  expect(
    drawn([
      message('a', 'Bert', at(21, 9)),
      message('b', 'Cem', at(20, 9)),
      message('c', 'Bert', at(21, 9, 2)),
    ]),
  ).toEqual(['top', 'day', '[a]', '[b]', '[c]']);
});

test('growing at the top is told from growing at the end', () => {
  const one = rows({ messages: [message('b', 'Bert', at(21, 9))], newFrom: undefined });
  const older = rows({
    messages: [message('a', 'Bert', at(21, 8)), message('b', 'Bert', at(21, 9))],
    newFrom: undefined,
  });
  const newer = rows({
    messages: [message('b', 'Bert', at(21, 9)), message('c', 'Bert', at(21, 10))],
    newFrom: undefined,
  });
  expect(grewAtTheTop(one, older)).toBe(true);
  expect(grewAtTheTop(one, newer)).toBe(false);
  expect(grewAtTheTop([], one)).toBe(false);
});
