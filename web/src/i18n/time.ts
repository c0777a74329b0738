// Times as people write them, by the language of the page and the time zone of the device.

const DAY_MS = 86_400_000;

/** The local calendar day, as a key and for comparing. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function clock(at: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** "Heute", "Gestern", "Freitag", "3. März", "3. März 2025": as much as is needed. */
export function day(at: number, now: number, language: string): string {
  const distance = Math.round((Date.parse(dayOf(at)) - Date.parse(dayOf(now))) / DAY_MS);
  if (distance === 0 || distance === -1) {
    const word = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(distance, 'day');
    return word.charAt(0).toLocaleUpperCase(language) + word.slice(1);
  }
  if (distance < 0 && distance > -7) {
    return new Intl.DateTimeFormat(language, { weekday: 'long' }).format(at);
  }
  const year =
    new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' };
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'long',
    ...(year as { year?: 'numeric' }),
  }).format(at);
}

/** For the list: the time today, else the day. */
export function brief(at: number, now: number, language: string): string {
  return dayOf(at) === dayOf(now) ? clock(at, language) : day(at, now, language);
}

export function date(at: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(at);
}
