import { expect, neighbours, test } from './journey';

test('a part that could not be fetched is fetched when one tries again', async ({
  person,
  ready,
}) => {
  const { one } = neighbours(ready);
  const { page } = await person(one);
  await page.route('**/assets/People-*.js', (route) => route.abort('internetdisconnected'));
  await page.getByRole('link', { name: 'Neue Nachricht' }).click();
  const again = page.getByRole('button', { name: 'Noch einmal versuchen' });
  await expect(again).toBeVisible();
  // The server can be reached, so the page is loaded anew; before that has happened nothing more is tried.
  const anew = page.waitForEvent('load');
  await again.click();
  await anew;
  await expect(again).toBeVisible();
  await page.unroute('**/assets/People-*.js');
  await again.click();
  await expect(page.getByRole('heading', { name: 'Wem möchten Sie schreiben?' })).toBeVisible();
});

test('the page can be put on the home screen', async ({ person, ready }) => {
  const { one } = neighbours(ready);
  const { page } = await person(one);
  const manifest = await page.request.get(`${ready.http}/konvent.webmanifest`);
  expect(manifest.headers()['content-type']).toBe('application/manifest+json');
  const { display, icons } = (await manifest.json()) as {
    display: string;
    icons: { src: string }[];
  };
  expect(display).toBe('standalone');
  const touch = await page.locator('link[rel="apple-touch-icon"]').getAttribute('href');
  for (const src of [touch ?? '', ...icons.map((icon) => icon.src)]) {
    const icon = await page.request.get(new URL(src, ready.http).href);
    expect(icon.headers()['content-type'], src).toMatch(/^image\//);
  }
});
