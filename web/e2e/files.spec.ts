import {
  accessible,
  bubble,
  composer,
  expect,
  fitsTheWidth,
  neighbours,
  picture,
  roomLink,
  test,
  unique,
} from './journey';
import type { Page } from '@playwright/test';

// A picture of 160 by 120 pixels that the browser itself draws, so that no file lies in the repository.
async function photo(page: Page, colour: string): Promise<Buffer> {
  const bytes = await page.evaluate(async (fill) => {
    const canvas = document.createElement('canvas');
    canvas.width = 160;
    canvas.height = 120;
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    pen.fillStyle = fill;
    pen.fillRect(0, 0, 160, 120);
    pen.fillStyle = 'white';
    pen.fillRect(20, 20, 60, 40);
    const blob = await new Promise<Blob | null>((done) => {
      canvas.toBlob(done, 'image/png');
    });
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer())];
  }, colour);
  return Buffer.from(bytes);
}

async function choose(page: Page, file: { name: string; mimeType: string; buffer: Buffer }) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Foto oder Datei anhängen' }).click();
  await (await chooser).setFiles(file);
}

test('a photo and a paper reach the other one', async ({ person, ready }) => {
  const { one, other, room } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await roomLink(a.page, room).click();
  await roomLink(b.page, room).click();
  await expect(composer(a.page)).toBeVisible();

  const name = `${unique('Sommerfest')}.png`;
  await choose(a.page, { name, mimeType: 'image/png', buffer: await photo(a.page, 'seagreen') });
  for (const page of [a.page, b.page]) {
    const shown = page.getByRole('img', { name: `Bild: ${name}` });
    await expect(shown).toBeVisible();
    // Really fetched and drawn, in its own measures.
    await expect
      .poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(160);
  }
  await expect(a.page.getByRole('list', { name: /gerade gesendet/ })).toHaveCount(0);

  // Looked at as large as the screen, and back again without leaving the page.
  const small = a.page.getByRole('link', { name: `Bild: ${name}` });
  await small.click();
  const large = a.page.getByRole('dialog', { name: `Bild: ${name}` });
  await expect(large.getByRole('img')).toBeVisible();
  await accessible(a.page, 'files-picture');
  const saved = a.page.waitForEvent('download');
  await large.getByRole('link', { name: 'Bild speichern' }).click();
  expect((await saved).suggestedFilename()).toBe(name);
  await large.getByRole('button', { name: 'Zurück' }).click();
  await expect(large).toHaveCount(0);
  await expect(small).toBeFocused();
  await small.press('Enter');
  await a.page.keyboard.press('Escape');
  await expect(large).toHaveCount(0);

  const paper = `${unique('Haushalt')}.pdf`;
  await choose(a.page, {
    name: paper,
    mimeType: 'application/pdf',
    buffer: Buffer.from('%PDF-1.4 Einnahmen und Ausgaben'),
  });
  const link = bubble(b.page, paper).getByRole('link');
  await expect(link).toContainText('31');
  const download = b.page.waitForEvent('download');
  await link.click();
  expect((await download).suggestedFilename()).toBe(paper);
  await expect(roomLink(b.page, room)).toContainText(`Datei: ${paper}`);
  await accessible(a.page, 'files');
  await a.page.setViewportSize({ width: 320, height: 640 });
  await expect(bubble(a.page, paper)).toBeVisible();
  await fitsTheWidth(a.page, 'files');
  await picture(a.page, 'files-narrow');
  await small.click();
  await fitsTheWidth(a.page, 'a picture');
  await picture(a.page, 'files-picture-narrow');
});

test('dropped and pasted pictures are sent, too', async ({ person, ready }) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one);
  await roomLink(page, room).click();
  await expect(composer(page)).toBeVisible();
  const bytes = [...(await photo(page, 'tomato'))];
  const dropped = `${unique('gezogen')}.png`;
  const pasted = `${unique('eingefügt')}.png`;
  await page.evaluate(
    ({ bytes, dropped, pasted }) => {
      const carry = (name: string) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
        return data;
      };
      const field = document.querySelector('textarea');
      for (const type of ['dragover', 'drop']) {
        const event = new DragEvent(type, {
          dataTransfer: carry(dropped),
          bubbles: true,
          cancelable: true,
        });
        field?.dispatchEvent(event);
      }
      field?.dispatchEvent(
        new ClipboardEvent('paste', {
          clipboardData: carry(pasted),
          bubbles: true,
          cancelable: true,
        }),
      );
    },
    { bytes, dropped, pasted },
  );
  await expect(page.getByRole('img', { name: `Bild: ${dropped}` })).toBeVisible();
  await expect(page.getByRole('img', { name: `Bild: ${pasted}` })).toBeVisible();
});

test('a line that breaks is waited for, and the file goes on, even after the page was closed', async ({
  person,
  ready,
}) => {
  const { one, room } = neighbours(ready);
  const { page, context } = await person(one);
  await roomLink(page, room).click();
  await expect(composer(page)).toBeVisible();
  const name = `${unique('Film')}.bin`;
  // Nothing of the first piece gets through.
  await page.route('**/api/uploads/*', (route) => route.abort('internetdisconnected'));
  await choose(page, {
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.alloc(3_000_000, 7),
  });
  const sending = page.getByRole('list', { name: /gerade gesendet/ });
  await expect(sending).toContainText(name);
  await expect(sending).toContainText('Wartet auf die Verbindung');
  await accessible(page, 'files-sending');
  await page.unroute('**/api/uploads/*');
  await page.reload();
  await expect(bubble(page, name).getByRole('link')).toBeVisible();
  await expect(sending).toHaveCount(0);
  const address = await bubble(page, name).getByRole('link').getAttribute('href');
  const fetched = await context.request.get(address ?? '');
  expect(fetched.headers()['content-security-policy']).toContain('sandbox');
  expect((await fetched.body()).length).toBe(3_000_000);
});

test('a file that is too large is refused with words, and can be taken away', async ({
  person,
  ready,
}) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one);
  await roomLink(page, room).click();
  await expect(composer(page)).toBeVisible();
  const problem = { status: 413, code: 'upload.too-large' };
  await page.route('**/api/uploads', (route) =>
    route.fulfill({
      status: 413,
      contentType: 'application/problem+json',
      body: JSON.stringify(problem),
    }),
  );
  await choose(page, { name: 'riesig.bin', mimeType: '', buffer: Buffer.from('x') });
  await expect(page.getByRole('alert')).toContainText('Diese Datei ist zu groß.');
  await accessible(page, 'files-refused');
  await page.setViewportSize({ width: 320, height: 640 });
  await fitsTheWidth(page, 'files-refused');
  await picture(page, 'files-refused-narrow');
  await page.getByRole('button', { name: 'riesig.bin nicht senden' }).click();
  await expect(page.getByRole('list', { name: /gerade gesendet/ })).toHaveCount(0);
});
