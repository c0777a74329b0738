import {
  accessible,
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
import type { Page } from '@playwright/test';

async function about(page: Page, name: string) {
  await page.getByRole('button', { name: `Mehr zu ${name}` }).click();
  const dialog = page.getByRole('dialog', { name });
  await expect(dialog).toBeVisible();
  return dialog;
}

test('a member reports somebody, and an office looks into it', async ({ person, ready }) => {
  const { one, other, room } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await roomLink(a.page, room).click();
  await roomLink(b.page, room).click();
  await expect(composer(b.page)).toBeVisible();
  const threat = unique('Warte nur, bis ich dich erwische');
  await say(b.page, threat);
  await expect(a.page.locator('article').filter({ hasText: threat })).toBeVisible();

  const dialog = await about(a.page, room);
  await accessible(a.page, 'about-room');
  await dialog.getByRole('button', { name: 'Jemanden melden' }).click();
  await expect(dialog.getByRole('heading', { name: 'An Ihre Organisation melden' })).toBeFocused();
  await dialog.getByLabel('Wen möchten Sie melden?').selectOption({ label: other.name });
  await dialog.getByRole('button', { name: 'Meldung absenden' }).click();
  await expect(dialog.getByRole('alert').filter({ hasText: 'worum es geht' })).toBeVisible();
  await dialog.getByLabel('Beleidigung, Drohung oder Belästigung').check();
  await dialog.getByRole('checkbox', { name: threat }).check();
  const words = unique('Er hat mir gedroht');
  await dialog.getByLabel('Was ist passiert?').fill(words);
  await accessible(a.page, 'report');
  await a.page.setViewportSize({ width: 320, height: 640 });
  await fitsTheWidth(a.page, 'report');
  await picture(a.page, 'report-narrow');
  await dialog.getByRole('button', { name: 'Meldung absenden' }).click();
  await expect(dialog.getByText(`Ihre Meldung über ${other.name} ist angekommen.`)).toBeVisible();
  await dialog.getByRole('button', { name: 'Schließen' }).click();
  await expect(dialog).toHaveCount(0);

  await a.page.goto(`${ready.http}/einstellungen`);
  const own = a.page.getByRole('region', { name: 'Blockiert und gemeldet' });
  await expect(own).toContainText('ist angekommen und wird geprüft');
  await expect(own).toContainText(other.name);
  await fitsTheWidth(a.page, 'settings');

  // The head of the whole organisation sees from everywhere that a report waits.
  const chair = await person(withRole(ready, /admin/i));
  const gear = chair.page.getByRole('link', { name: /Einstellungen .*Meldung/ });
  await expect(gear).toBeVisible();
  await gear.click();
  await chair.page.getByRole('link', { name: /Meldungen von Mitgliedern/ }).click();
  const report = chair.page.getByRole('article').filter({ hasText: words });
  await expect(report).toContainText(threat);
  await expect(report).toContainText(one.name);
  await expect(report).toContainText(other.name);
  await accessible(chair.page, 'reports');
  await chair.page.setViewportSize({ width: 320, height: 640 });
  await fitsTheWidth(chair.page, 'reports');
  await picture(chair.page, 'reports-narrow');
  await report.getByLabel('Notiz zur Entscheidung').fill('Mit ihm gesprochen');
  await report.getByRole('button', { name: 'Wir haben gehandelt' }).click();
  await expect(chair.page.getByText('Das Mitglied sieht, dass die Meldung geprüft')).toBeVisible();
  const dealt = chair.page.getByRole('region', { name: 'Geprüft' });
  await expect(dealt.getByRole('article').filter({ hasText: words })).toContainText(
    'Mit ihm gesprochen',
  );
  await a.page.reload();
  await expect(own).toContainText('geprüft am');
  await expect(own).not.toContainText('Mit ihm gesprochen');
});

test('whoever is blocked can be freed again', async ({ person, ready }) => {
  const { one, other } = neighbours(ready);
  const { page } = await person(one);
  await page.getByRole('link', { name: 'Neue Nachricht' }).click();
  await page.getByRole('main').locator('li a').filter({ hasText: other.name }).first().click();
  const dialog = await about(page, other.name);
  await accessible(page, 'about-person');
  await dialog.getByRole('button', { name: 'Melden oder blockieren' }).click();
  await dialog.getByLabel('Werbung oder Betrug').check();
  await expect(dialog.getByRole('checkbox', { name: 'Außerdem blockieren' })).toBeChecked();
  await dialog.getByRole('button', { name: 'Meldung absenden' }).click();
  await expect(dialog.getByText('und die Person ist blockiert')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.goto(`${ready.http}/einstellungen`);
  await accessible(page, 'settings-blocked');
  await page.getByRole('button', { name: `${other.name} nicht mehr blockieren` }).click();
  await expect(page.getByText(`${other.name} kann Ihnen wieder schreiben.`)).toBeVisible();
});

test('how much one is told is remembered, in a group and between two', async ({
  person,
  ready,
}) => {
  const { one, other, room } = neighbours(ready);
  const { page } = await person(one);
  await roomLink(page, room).click();
  const group = await about(page, room);
  await expect(group.getByRole('radio', { name: 'Wie üblich' })).toBeChecked();
  await group.getByRole('radio', { name: 'Nie' }).check();
  await expect(group.getByText('Gemerkt.')).toBeVisible();
  await page.reload();
  const again = await about(page, room);
  await expect(again.getByRole('radio', { name: 'Nie' })).toBeChecked();
  await again.getByRole('radio', { name: 'Wie üblich' }).check();
  await expect(again.getByText('Gemerkt.')).toBeVisible();

  await page.goto(`${ready.http}/neu`);
  await page.getByRole('main').locator('li a').filter({ hasText: other.name }).first().click();
  const two = await about(page, other.name);
  await expect(two.getByRole('radio', { name: 'Bei jeder Nachricht' })).toBeChecked();
  await two.getByRole('radio', { name: 'Nur wenn Sie gemeint sind' }).check();
  await expect(two.getByText('Gemerkt.')).toBeVisible();
  await page.reload();
  const later = await about(page, other.name);
  await expect(later.getByRole('radio', { name: 'Nur wenn Sie gemeint sind' })).toBeChecked();
  await later.getByRole('radio', { name: 'Bei jeder Nachricht' }).check();
  await expect(later.getByText('Gemerkt.')).toBeVisible();
});

test('an office gives its group a picture, others are not asked', async ({ person, ready }) => {
  const one = withRole(ready, /^(member|mitglied)/i);
  const chairs = withRole(ready, /^(1\. )?vorsitz/i);
  const room = chairs.units[0] ?? '';
  const chair = await person(chairs);
  await roomLink(chair.page, room).click();
  const dialog = await about(chair.page, room);
  const part = dialog.getByRole('region', { name: 'Bild der Gruppe' });
  await expect(part).toBeVisible();
  const bytes = await chair.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 300;
    canvas.height = 200;
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    pen.fillStyle = 'teal';
    pen.fillRect(0, 0, 300, 200);
    const blob = await new Promise<Blob | null>((done) => {
      canvas.toBlob(done, 'image/png');
    });
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer())];
  });
  await part
    .getByLabel('Bild auswählen')
    .setInputFiles({ name: 'wappen.png', mimeType: 'image/png', buffer: Buffer.from(bytes) });
  await expect(part.getByText('Das Bild ist jetzt für alle zu sehen.')).toBeVisible();
  await expect(part.locator('img')).toBeVisible();
  await accessible(chair.page, 'about-picture');
  await part.getByRole('button', { name: 'Bild entfernen' }).click();
  await expect(part.getByText('Das Bild ist nicht mehr zu sehen.')).toBeVisible();
  await expect(part.locator('img')).toHaveCount(0);

  const own = one.units[0] ?? '';
  const { page } = await person(one);
  await roomLink(page, own).click();
  const asked = page.waitForResponse(/\/api\/rooms\/.+\/picture/);
  const plain = await about(page, own);
  expect(await (await asked).json()).toEqual({ may_set: false });
  await expect(plain.getByRole('radio', { name: 'Wie üblich' })).toBeChecked();
  await expect(plain.getByRole('region', { name: 'Bild der Gruppe' })).toHaveCount(0);
});
