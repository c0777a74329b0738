import { accessible, expect, fitsTheWidth, neighbours, test } from './journey';
import type { Page } from '@playwright/test';

// Wider than high, and with a word in it that a picture that was drawn anew no longer holds.
async function photo(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 600;
    canvas.height = 400;
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    pen.fillStyle = 'teal';
    pen.fillRect(0, 0, 600, 400);
    const blob = await new Promise<Blob | null>((done) => {
      canvas.toBlob(done, 'image/png');
    });
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer())];
  });
  return Buffer.concat([Buffer.from(bytes), Buffer.from('GPS 45.4384 N 10.9916 E')]);
}

test('a picture that one chooses is seen by the other, and goes again', async ({
  person,
  ready,
}) => {
  const { one, other } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await a.page.getByRole('link', { name: 'Einstellungen' }).click();
  const input = a.page.getByLabel('Bild auswählen');
  await input.setInputFiles({ name: 'x.txt', mimeType: 'image/png', buffer: Buffer.from('x') });
  await expect(
    a.page.getByRole('alert').filter({ hasText: 'nicht als Bild öffnen' }),
  ).toBeVisible();
  const file = { name: 'ich.png', mimeType: 'image/png', buffer: await photo(a.page) };
  await input.setInputFiles(file);
  await expect(a.page.getByText('Ihr Bild ist jetzt zu sehen.')).toBeVisible();
  const own = a.page.getByRole('region', { name: 'Ihr Bild' }).locator('img');
  await expect(own).toBeVisible();
  await accessible(a.page, 'picture');
  await fitsTheWidth(a.page, 'settings');

  await b.page.getByRole('link', { name: 'Neue Nachricht' }).click();
  const face = b.page.locator('li a').filter({ hasText: one.name }).locator('img').first();
  await expect(face).toBeVisible();
  await expect
    .poll(() =>
      face.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]),
    )
    .toEqual([256, 256]);
  const address = (await face.getAttribute('src')) ?? '';
  expect(address).toMatch(/^data:image\/jpeg;base64,/);
  const bytes = Buffer.from(address.slice(address.indexOf(',') + 1), 'base64');
  expect(bytes.includes('GPS')).toBe(false);

  await a.page.getByRole('button', { name: 'Bild entfernen' }).click();
  await expect(a.page.getByText('Ihr Bild ist nicht mehr zu sehen.')).toBeVisible();
  await expect(own).toHaveCount(0);
  await expect(face).toHaveCount(0);
});
