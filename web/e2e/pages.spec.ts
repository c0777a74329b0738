import type { Page } from '@playwright/test';
import {
  accessible,
  bubble,
  composer,
  expect,
  fitsTheWidth,
  neighbours,
  picture,
  roomLink,
  say,
  test,
  unique,
  withRole,
} from './journey';

const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const narrow = { viewport: { width: 320, height: 640 } };

test('every page is accessible in light and dark', async ({ person, ready }) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one);
  await accessible(page, 'list');
  for (const [path, heading, what] of [
    ['/neu', 'Wem möchten Sie schreiben?', 'people-all'],
    ['/einstellungen', 'Einstellungen', 'settings'],
    ['/gibt/es/nicht', 'Diese Seite gibt es nicht', 'unknown-page'],
    ['/gruppe/gibt-es-nicht', 'Diese Unterhaltung gibt es nicht', 'unknown-room'],
  ] as const) {
    await page.goto(`${ready.http}${path}`);
    await expect(page.getByRole('heading', { name: heading })).toBeVisible();
    await accessible(page, what);
  }
  await page.goto(ready.http);
  await roomLink(page, room).click();
  await expect(composer(page)).toBeVisible();
});

test('who may only read is told so', async ({ person, ready }) => {
  const member =
    ready.accounts.find((a) => /^(member|mitglied)/i.test(a.role)) ?? ready.accounts[0];
  if (!member) throw new Error('the demo names nobody');
  const { page } = await person(member);
  const top = member.units.at(-1) ?? '';
  await roomLink(page, top).click();
  await expect(page.getByText('Nur der Vorstand schreibt hier. Sie lesen mit.')).toBeVisible();
  await expect(composer(page)).toHaveCount(0);
  await accessible(page, 'announcements');
});

test('on a phone: the list or the conversation', async ({ person, ready }) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one, phone);
  await picture(page, 'phone-list');
  await roomLink(page, room).tap();
  await expect(page.getByRole('navigation')).toBeHidden();
  const words = unique('Vom Telefon');
  await composer(page).fill(words);
  await page.getByRole('button', { name: 'Senden', exact: true }).tap();
  await expect(bubble(page, words)).toContainText('Gesendet');
  await accessible(page, 'phone-conversation');
  await page.getByRole('link', { name: 'Zurück zur Liste' }).tap();
  await expect(page.getByRole('navigation')).toBeVisible();
  await accessible(page, 'phone-list');
});

test('nothing scrolls sideways at 320 pixels, and fingers find their targets', async ({
  person,
  ready,
}) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one, narrow);
  await fitsTheWidth(page, 'list');
  await smallTargets(page, 'list');
  await roomLink(page, room).click();
  await say(page, unique(`Donaudampfschifffahrtsgesellschaftskapitän${'x'.repeat(80)}`));
  await fitsTheWidth(page, 'conversation');
  await smallTargets(page, 'conversation');
  await picture(page, 'narrow-conversation');
  for (const path of ['/neu', '/einstellungen']) {
    await page.goto(`${ready.http}${path}`);
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
    await fitsTheWidth(page, path);
    await smallTargets(page, path);
  }
});

/** Buttons, fields and links that stand alone are at least 44 by 44 pixels. */
async function smallTargets(page: Page, what: string): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, nav a, header a')]
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && (box.width < 44 || box.height < 44))
      .map(({ element, box }) => `${element.className} ${String(box.width)}×${String(box.height)}`),
  );
  expect(small, what).toEqual([]);
}

test('in English, remembered after a reload', async ({ person, ready }) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one);
  await page.getByRole('link', { name: 'Einstellungen' }).click();
  await page.getByLabel('Sprache').selectOption('en');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await accessible(page, 'settings-english');
  await roomLink(page, room).click();
  await expect(composer(page)).toHaveAccessibleName(`Message to ${room}`);
  await picture(page, 'conversation-english');
});

test('a password for another program is shown once and can be deleted', async ({
  person,
  ready,
}) => {
  const { one } = neighbours(ready);
  const { page } = await person(one);
  await page.getByRole('link', { name: 'Einstellungen' }).click();
  const name = unique('Handy');
  await page.getByLabel('Wie heißt das Programm?').fill(name);
  await page.getByRole('button', { name: 'Kennwort erzeugen' }).click();
  await expect(
    page.getByRole('heading', { name: `Ihr neues Kennwort für „${name}“` }),
  ).toBeFocused();
  const fresh = page.locator('.fresh');
  await expect(fresh.getByText(one.jid, { exact: true })).toBeVisible();
  // What lies on the clipboard is what is shown, and nothing else.
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await fresh.getByRole('button', { name: 'Adresse kopieren' }).click();
  await expect(fresh.getByRole('status')).toHaveText('Die Adresse ist kopiert.');
  expect(await clipboard()).toBe(one.jid);
  await fresh.getByRole('button', { name: 'Kennwort kopieren' }).click();
  await expect(fresh.getByRole('status')).toHaveText('Das Kennwort ist kopiert.');
  const password = await fresh.locator('.password').innerText();
  expect(password.length).toBeGreaterThan(20);
  expect(await clipboard()).toBe(password);
  // A browser that refuses is told about, with what to do instead.
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
  });
  await fresh.getByRole('button', { name: 'Kennwort kopieren' }).click();
  await expect(fresh.getByRole('status')).toContainText('kopieren Sie sie von Hand');
  await accessible(page, 'settings-password');
  for (const [form, width] of [
    ['tablet', 820],
    ['phone', 390],
  ] as const) {
    await page.setViewportSize({ width, height: 1000 });
    await fresh.scrollIntoViewIfNeeded();
    await fitsTheWidth(page, `the password, ${form}`);
    await accessible(page, `settings-password-${form}`);
  }
  await page.getByRole('button', { name: 'Fertig' }).click();
  await page.reload();
  await page.getByRole('button', { name: `Kennwort für ${name} löschen` }).click();
  await expect(page.getByRole('button', { name: `Kennwort für ${name} löschen` })).toHaveCount(0);
});

test('the admin sees a plan before anything changes', async ({ person, ready }) => {
  const { page } = await person(withRole(ready, /admin/i));
  await page.goto(`${ready.http}/verwaltung/mitglieder`);
  await expect(page.getByRole('heading', { name: 'Mitglieder einlesen' })).toBeVisible();
  await accessible(page, 'import');
  await page.getByRole('button', { name: 'Änderungen ansehen' }).click();
  await expect(page.getByRole('alert').first()).toContainText('mindestens eine Datei');
  await page.getByLabel('Mitglieder (CSV)').setInputFiles({
    name: 'kaputt.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Das ist keine Mitgliederdatei'),
  });
  await page.getByRole('button', { name: 'Änderungen ansehen' }).click();
  await expect(
    page.getByRole('heading', { name: 'Das würde sich ändern' }).or(page.locator('.fault:visible')),
  ).toBeVisible();
  await accessible(page, 'import-broken');
});

test('whoever is no admin finds no administration', async ({ person, ready }) => {
  const member = ready.accounts.find((account) => !/admin/i.test(account.role));
  if (!member) throw new Error('everybody is an admin');
  const { page } = await person(member);
  await page.goto(`${ready.http}/verwaltung/mitglieder`);
  await expect(page.getByRole('heading', { name: 'Diese Seite gibt es nicht' })).toBeVisible();
});
