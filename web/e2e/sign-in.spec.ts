import { randomUUID } from 'node:crypto';

import { addGuest, invite } from './ready';
import { accessible, expect, fitsTheWidth, test, withRole } from './journey';

test('whoever is not signed in is asked for the code of the letter', async ({
  stranger,
  ready,
}) => {
  const page = await stranger();
  await page.goto(ready.http);
  await expect(page).toHaveURL(/\/anmelden$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Willkommen');
  await accessible(page, 'sign-in');
});

test('a wrong code is answered with what to do next', async ({ stranger, ready }) => {
  const page = await stranger();
  await page.goto(`${ready.http}/anmelden`);
  await page.getByLabel('Ihr Code').fill('zzzz zzzz zzzz');
  await page.getByRole('button', { name: 'Weiter' }).click();
  await expect(page.getByRole('alert')).toContainText(/Brief|Geschäftsstelle/);
  await expect(page.getByLabel('Ihr Code')).toBeFocused();
  await accessible(page, 'sign-in-wrong');
});

test('a link signs in with one click, leaves no code in the address, and out again', async ({
  stranger,
  ready,
}) => {
  const account = withRole(ready, /./);
  const page = await stranger();
  await page.goto(new URL(account.login_url, ready.http).href);
  await expect(page.getByRole('heading', { name: 'Unterhaltungen' })).toBeVisible();
  expect(new URL(page.url()).hash).toBe('');
  await page.getByRole('link', { name: 'Einstellungen' }).click();
  await expect(page.getByText(account.name, { exact: true }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Abmelden', exact: true }).last().click();
  await expect(page).toHaveURL(/\/anmelden$/);
  await page.goto(ready.http);
  await expect(page).toHaveURL(/\/anmelden$/);
});

test('a guest signs in with address and password, and finds whom he may talk to', async ({
  stranger,
  ready,
}) => {
  const name = `gast-${randomUUID().slice(0, 8)}`;
  const password = addGuest(name, ready.domain);
  const page = await stranger();
  await page.goto(`${ready.http}/anmelden`);
  await page.getByRole('button', { name: 'Mit Adresse und Kennwort anmelden' }).click();
  await expect(page.getByLabel('Ihre Adresse')).toBeFocused();
  await accessible(page, 'sign-in-guest');
  await page.getByLabel('Ihre Adresse').fill(name);
  await page.getByLabel('Ihr Kennwort').fill('falsch');
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('Adresse oder Kennwort stimmt nicht');
  await page.getByLabel('Ihr Kennwort').fill(password);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Unterhaltungen', exact: true })).toBeVisible();
  await accessible(page, 'guest');
  // Which address and which password another program takes, without asking anybody.
  await page.getByRole('link', { name: 'Einstellungen' }).click();
  const programs = page.getByRole('region', { name: 'Andere Programme' });
  await expect(programs.getByText(`${name}@${ready.domain}`, { exact: true })).toBeVisible();
  await expect(programs.getByText('mit dem Sie sich hier anmelden')).toBeVisible();
  await expect(programs.getByText(/^Anschluss [1-9]\d+ \(STARTTLS\)$/)).toBeVisible();
  await expect(programs.getByText(/^Anschluss [1-9]\d+ \(TLS\)$/)).toBeVisible();
  await expect(programs.getByRole('button', { name: 'Kennwort erzeugen' })).toHaveCount(0);
  await programs.scrollIntoViewIfNeeded();
  await accessible(page, 'settings-guest');
});

test('an invitation opens a program, and the phone beside the computer', async ({
  stranger,
  ready,
}) => {
  const { page: address, link } = invite(ready.domain);
  const page = await stranger();
  await page.goto(address);
  await expect(page.getByRole('link', { name: 'Einladung annehmen' })).toHaveAttribute(
    'href',
    link,
  );
  const code = page.locator('figure svg');
  await expect(code).toBeVisible();
  await accessible(page, 'invitation', false);
  const phone = await stranger({
    viewport: { width: 390, height: 780 },
    hasTouch: true,
    isMobile: true,
  });
  await phone.goto(address);
  await expect(phone.getByRole('link', { name: 'Einladung annehmen' })).toBeVisible();
  await expect(phone.locator('figure')).toBeHidden();
  await fitsTheWidth(phone, 'the invitation');
  await accessible(phone, 'invitation-phone', false);
});

test('a letter’s link asks for the year of birth, and a wrong year opens nothing', async ({
  stranger,
  person,
  ready,
}) => {
  const admin = await person(withRole(ready, /admin/i));
  const unit = await admin.page.evaluate(async () => {
    const answer = await fetch('/api/session');
    return ((await answer.json()) as { units: { key?: string }[] }).units.at(0)?.key;
  });
  expect(unit, 'the session names the key of the home unit').toBeDefined();
  const sheets = await admin.context.newPage();
  await sheets.goto(`${ready.http}/api/letters?unit=${encodeURIComponent(unit ?? '')}`);
  await sheets.getByRole('button', { name: 'Briefe erzeugen' }).click();
  const code = (await sheets.locator('.code').first().textContent()) ?? '';
  expect(code).not.toBe('');
  const page = await stranger({ viewport: { width: 320, height: 640 } });
  await page.goto(`${ready.http}/anmelden#${code}`);
  const year = page.getByLabel('Ihr Geburtsjahr');
  await expect(year).toBeFocused();
  await accessible(page, 'sign-in-year');
  await fitsTheWidth(page, 'the year of birth');
  await year.fill('51');
  await year.press('Enter');
  await expect(page.getByRole('alert')).toContainText('vier Ziffern');
  await year.fill('1903');
  await year.press('Enter');
  await expect(page.getByRole('alert')).toContainText('vergleichen Sie beides');
});
