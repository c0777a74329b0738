import { expect, test } from 'vitest';
import { readCases } from './reports';

test('whatever the server says is read without believing it', () => {
  for (const body of [undefined, null, 7, 'x', [], { waiting: 'x', dealt: {} }]) {
    expect(readCases(body)).toEqual({ waiting: [], dealt: [] });
  }
  const { waiting } = readCases({
    waiting: [{}, 5, { id: 9, said: [1], dealt: { decision: 'x' } }],
  });
  expect(waiting).toHaveLength(3);
  expect(waiting[2]).toMatchObject({ id: '', reason: 'other', dealt: undefined });
});

test('a report is read with both sides, its words and what was decided', () => {
  const { dealt } = readCases({
    dealt: [
      {
        id: '7',
        at: '2026-11-22T10:00:00Z',
        reason: 'urn:xmpp:reporting:abuse',
        words: 'Er droht mir',
        address: 'ov@gruppen.example/Max',
        room: 'Ortsverband Bad Langenried',
        by: { address: 'a@example', name: 'Anna', unit: 'OV' },
        about: { address: 'm@example', name: 'Max', unit: null },
        named: 2,
        said: [{ at: '2026-11-22T09:00:00Z', words: 'Warte nur' }],
        dealt: { at: '2026-11-22T11:00:00Z', by: 'Helga', decision: 'acted', note: 'gesprochen' },
      },
    ],
  });
  expect(dealt[0]).toMatchObject({
    reason: 'abuse',
    room: 'Ortsverband Bad Langenried',
    about: { name: 'Max', unit: '' },
    said: [{ words: 'Warte nur' }],
    dealt: { by: 'Helga', decision: 'acted', note: 'gesprochen' },
  });
});
