import {
  accessible,
  bubble,
  composer,
  expect,
  neighbours,
  readAll,
  roomLink,
  say,
  test,
  unique,
} from './journey';

test('two members talk in their group', async ({ person, ready }) => {
  const { one, other, room } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await readAll(b.page, room);
  await roomLink(a.page, room).click();
  await expect(a.page.getByRole('heading', { level: 1, name: room })).toBeVisible();
  await expect(composer(a.page)).toBeFocused();

  const first = unique('Guten Abend zusammen');
  await say(a.page, first);
  await expect(bubble(a.page, first)).toContainText('Gesendet');
  // The other one reads the list: the newest words and the count.
  await expect(roomLink(b.page, room)).toContainText(first);
  await expect(roomLink(b.page, room)).toContainText('ungelesene Nachricht');

  await roomLink(b.page, room).click();
  await expect(b.page.getByText('Neue Nachrichten', { exact: true })).toBeVisible();
  await expect(bubble(b.page, first)).toContainText(one.name);
  await expect(roomLink(b.page, room)).not.toContainText('ungelesene');

  const answer = unique('Guten Abend!\nBis gleich');
  await say(b.page, answer);
  await expect(bubble(b.page, answer.split('\n')[1] ?? '')).toContainText('Gesendet');
  await expect(bubble(a.page, answer.split('\n')[1] ?? '')).toBeVisible();
  await expect(a.page.getByRole('log')).toContainText('Bis gleich');
  await accessible(a.page, 'conversation');

  await a.page.reload();
  await expect(bubble(a.page, first)).toHaveCount(1);
  await expect(bubble(a.page, first)).toContainText('Gesendet');
});

test('a private message reaches the other one', async ({ person, ready }) => {
  const { one, other } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await a.page.getByRole('link', { name: 'Neue Nachricht' }).click();
  await a.page.getByLabel('Name suchen').fill(other.name);
  await accessible(a.page, 'people');
  await a.page.getByRole('main').getByRole('link', { name: other.name }).first().click();
  const words = unique('Haben Sie kurz Zeit?');
  await say(a.page, words);
  await expect(bubble(a.page, words)).toContainText('Gesendet');
  const link = roomLink(b.page, words);
  await expect(link).toContainText(one.name);
  await link.click();
  const answer = unique('Ja, gern');
  await say(b.page, answer);
  await expect(bubble(a.page, answer)).toBeVisible();
  await a.page.reload();
  await expect(bubble(a.page, words)).toHaveCount(1);
  await expect(bubble(a.page, answer)).toHaveCount(1);
});

test('reading on one device clears the count on the other', async ({ person, ready }) => {
  const { one, other, room } = neighbours(ready);
  const a = await person(one);
  const desk = await person(other);
  const tablet = await person(other);
  await readAll(desk.page, room);
  await roomLink(a.page, room).click();
  const words = unique('Zwei Geräte');
  await say(a.page, words);
  await expect(roomLink(desk.page, room)).toContainText('ungelesene');
  await expect(roomLink(tablet.page, room)).toContainText('ungelesene');
  await roomLink(desk.page, room).click();
  await expect(bubble(desk.page, words)).toBeVisible();
  await expect(roomLink(tablet.page, room)).not.toContainText('ungelesene');
});

test('history loads backwards, and only what is on the screen is drawn', async ({
  person,
  ready,
}) => {
  test.setTimeout(90_000);
  const { one, room } = neighbours(ready);
  const { page } = await person(one);
  await roomLink(page, room).click();
  const mark = unique('Rückblick');
  for (let i = 1; i <= 70; i++) await say(page, `${mark} Nummer ${String(i)}.`);
  await expect(bubble(page, `${mark} Nummer 70.`)).toContainText('Gesendet', { timeout: 20_000 });
  await page.reload();
  await expect(bubble(page, `${mark} Nummer 70.`)).toBeVisible();
  expect(await page.locator('article').count()).toBeLessThan(60);
  const messages = page.getByRole('group', { name: /^Nachrichten in/ });
  await messages.hover();
  await expect(async () => {
    // Less than a screen at a time, so that nothing is jumped over.
    await page.mouse.wheel(0, -500);
    await expect(bubble(page, `${mark} Nummer 1.`)).toBeVisible({ timeout: 150 });
  }).toPass({ timeout: 30_000, intervals: [20] });
  await page.getByRole('button', { name: 'Zur neuesten Nachricht' }).click();
  await expect(bubble(page, `${mark} Nummer 70.`)).toBeVisible();
});
