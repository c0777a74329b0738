import { expect, test } from 'vitest';
import { pathOf, route } from './router.svelte';

const places = { domain: 'example.org', rooms: 'gruppen.example.org' };

test('an address and its path lead to each other', () => {
  for (const jid of ['ov-nord@gruppen.example.org', 'anna.meier@example.org', 'é#?@other.org']) {
    expect(route(pathOf(jid, places), places)).toEqual({ page: 'conversation', jid });
  }
});

test('our own addresses are not shown', () => {
  expect(pathOf('anna.meier@example.org', places)).toBe('/person/anna.meier');
  expect(pathOf('ov-nord@gruppen.example.org', places)).toBe('/gruppe/ov-nord');
});

test('pages have their paths, anything else is unknown', () => {
  expect(route('/', places).page).toBe('chats');
  expect(route('/einstellungen/', places).page).toBe('settings');
  expect(route('/verwaltung/mitglieder', places).page).toBe('import');
  expect(route('/verwaltung/meldungen', places).page).toBe('reports');
  expect(route('/verwaltung/aufbewahrung', places).page).toBe('retention');
  for (const path of [
    '/x',
    '/verwaltung/constructor',
    '/gruppe/a/b',
    '/gruppe/%',
    '/verwaltung/y',
  ]) {
    expect(route(path, places).page, path).toBe('unknown');
  }
});
