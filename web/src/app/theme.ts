// Light or dark: as the device has it, unless the person chose.

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'konvent.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export function useTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme);
  show();
}

function show(): void {
  const theme = chosenTheme();
  const isDark = theme === 'system' ? dark.matches : theme === 'dark';
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}

export function startTheme(): void {
  show();
  dark.addEventListener('change', show);
}
