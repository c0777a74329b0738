// Every word on the screen comes from here. German is the source; a key missing in another language is a
// compile error. Each language is a chunk of its own, loaded when it is chosen.

import { fill, type Values } from './format';
import type German from './messages/de.json';

export type Key = keyof typeof German;
type Words = Readonly<Record<Key, string>>;
export type Language = 'de' | 'en';

const load: Record<Language, () => Promise<Words>> = {
  de: async () => (await import('./messages/de.json')).default,
  en: async () => (await import('./messages/en.json')).default,
};

const STORED = 'konvent.language';

let words = $state.raw<Words | undefined>();
let language = $state<Language>('de');

export function currentLanguage(): Language {
  return language;
}

/** German first (DOMAIN.md section 10); another language is the person's own choice and is remembered. */
export function chosenLanguage(): Language {
  return localStorage.getItem(STORED) === 'en' ? 'en' : 'de';
}

export async function useLanguage(wanted: Language): Promise<void> {
  words = await load[wanted]();
  language = wanted;
  document.documentElement.lang = wanted;
  localStorage.setItem(STORED, wanted);
}

export function t(key: Key, values?: Values): string {
  return fill(words?.[key] ?? '', language, values);
}

/** The sentence for a code from the server, or the general one when this client doesn't know it. */
export function explain(prefix: 'problem' | 'refusal', code: string, otherwise: Key): string {
  const key = `${prefix}.${code}`;
  return words && key in words ? t(key as Key) : t(otherwise);
}
