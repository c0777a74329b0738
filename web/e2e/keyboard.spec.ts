import { bubble, composer, expect, neighbours, roomLink, test, unique } from './journey';

test('the whole way by keyboard alone', async ({ person, ready }) => {
  const { one, room } = neighbours(ready);
  const { page } = await person(one);
  const focused = page.locator(':focus');

  await page.keyboard.press('Tab');
  await expect(focused).toHaveText('Zum Inhalt springen');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  // Back into the list, and down to the group with the arrow keys.
  await page.keyboard.press('Shift+Tab');
  await expect(focused).toHaveAttribute('href', /^\/(gruppe|person)\//);
  while (await page.evaluate(() => document.activeElement?.parentElement?.previousElementSibling)) {
    await page.keyboard.press('ArrowUp');
  }
  for (let i = 0; i < 20; i++) {
    if ((await focused.textContent())?.includes(room)) break;
    await page.keyboard.press('ArrowDown');
  }
  await expect(focused).toContainText(room);
  await page.keyboard.press('Enter');
  await expect(composer(page)).toBeFocused();

  const words = unique('Nur mit Tasten');
  await page.keyboard.type(words);
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('zweite Zeile');
  await page.keyboard.press('Enter');
  await expect(bubble(page, words)).toContainText('zweite Zeile');
  await expect(bubble(page, words)).toContainText('Gesendet');
  await expect(composer(page)).toBeFocused();
  await expect(composer(page)).toHaveValue('');

  // From the field back past the button for files to the messages, which scroll by keys.
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('button', { name: 'Foto oder Datei anhängen' })).toBeFocused();
  // Files and addresses that were sent stand in between.
  const messages = page.getByRole('group', { name: /^Nachrichten in/ });
  await expect(async () => {
    await page.keyboard.press('Shift+Tab');
    await expect(messages.locator(':focus').or(messages.and(focused))).toHaveCount(1);
    await expect(messages).toBeFocused({ timeout: 100 });
  }).toPass();
  await page.keyboard.press('PageUp');
  await page.keyboard.press('End');

  await page.goBack();
  await expect(roomLink(page, room)).toBeFocused();
});
