import { accessible, expect, fitsTheWidth, picture, test, unique, withRole } from './journey';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The number of some member, out of the demo's own member file. */
function someNumber(): string {
  const folder = join(dirname(process.env['KONVENT_READY_FILE'] ?? ''), 'data', 'mitgliederdatei');
  const [head = '', row = ''] = readFileSync(join(folder, 'mitglieder.csv'), 'latin1').split('\n');
  const at = head.split(';').findIndex((name) => name.includes('mitgliedsnummer'));
  return row.split(';')[at] ?? '';
}

test('a deletion is put on hold with a reason, and lifted with one', async ({ person, ready }) => {
  const { page } = await person(withRole(ready, /admin/i));
  await page.getByRole('link', { name: /^Einstellungen/ }).click();
  await page.getByRole('link', { name: 'Was wann gelöscht wird' }).click();
  await expect(page.getByRole('heading', { name: 'Was wann gelöscht wird' })).toBeFocused();
  await expect(page.getByText('30 Tage danach wird alles gelöscht')).toBeVisible();
  await expect(page.getByText('Dateien in Unterhaltungen: nach 730 Tagen.')).toBeVisible();
  await accessible(page, 'retention');

  await page.getByLabel('Mitgliedsnummer').fill('gibt es nicht');
  const reason = unique('Schiedsgericht');
  await page.getByLabel('Grund').fill(reason);
  await page.getByRole('button', { name: 'Anhalten', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('Diese Mitgliedsnummer gibt es nicht.');
  await page.getByLabel('Mitgliedsnummer').fill(someNumber());
  await page.getByRole('button', { name: 'Anhalten', exact: true }).click();
  await expect(page.getByText('Die Löschung ist angehalten.')).toBeVisible();
  const held = page.getByRole('article').filter({ hasText: reason });
  await expect(held).toContainText('angehalten von');
  await page.setViewportSize({ width: 320, height: 640 });
  await fitsTheWidth(page, 'retention');
  await held.getByRole('button', { name: /wieder freigeben/ }).click();
  await expect(held.getByLabel('Warum wird sie nicht mehr gebraucht?')).toBeFocused();
  await fitsTheWidth(page, 'retention');
  await picture(page, 'retention-narrow');
  await accessible(page, 'retention-lift');
  await held.getByLabel('Warum wird sie nicht mehr gebraucht?').fill('Verfahren beendet');
  await held.getByRole('button', { name: 'Freigeben' }).click();
  await expect(page.getByText('Freigegeben.')).toBeVisible();
  await expect(held).toHaveCount(0);
});

test('whoever does not administer finds neither reports nor deletions', async ({
  person,
  ready,
}) => {
  const member = withRole(ready, /^(member|mitglied)/i);
  const { page } = await person(member);
  for (const path of ['/verwaltung/meldungen', '/verwaltung/aufbewahrung']) {
    await page.goto(`${ready.http}${path}`);
    await expect(page.getByRole('heading', { name: 'Diese Seite gibt es nicht' })).toBeVisible();
  }
  const refused = await page.request.get(`${ready.http}/api/retention`);
  expect(refused.status()).toBe(403);
});
