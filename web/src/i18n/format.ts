// Fills the gaps of a text: `{name}` and, for counts, `{count, plural, one{# Datei} other{# Dateien}}`. A
// small part of ICU's message format: exactly what our words need.

export type Values = Readonly<Record<string, string | number>>;

const GAP = /\{(\w+)(?:, plural, ((?:\w+\{[^{}]*\} ?)+))?\}/g;

export function fill(text: string, language: string, values: Values = {}): string {
  return text.replace(GAP, (whole, name: string, forms: string | undefined) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (forms === undefined) {
      return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
    }
    const count = Number(value);
    const wanted = new Intl.PluralRules(language).select(count);
    const found = new Map(
      [...forms.matchAll(/(\w+)\{([^{}]*)\}/g)].map((m) => [m[1] ?? '', m[2] ?? '']),
    );
    const form = found.get(wanted) ?? found.get('other') ?? '';
    return form.replaceAll('#', new Intl.NumberFormat(language).format(count));
  });
}
