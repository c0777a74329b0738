import {
  accessible,
  bubble,
  composer,
  expect,
  neighbours,
  roomLink,
  say,
  test,
  unique,
} from './journey';

test('words written offline wait, and are sent once when the line is back', async ({
  person,
  ready,
}) => {
  const { one, other, room } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await roomLink(a.page, room).click();
  await expect(composer(a.page)).toBeVisible();
  await roomLink(b.page, room).click();

  await a.context.setOffline(true);
  await expect(a.page.getByText('Sie sind offline')).toBeVisible();
  const words = unique('Aus dem Funkloch');
  await say(a.page, words);
  await expect(bubble(a.page, words)).toContainText('Wartet auf Verbindung');
  await accessible(a.page, 'offline');
  // Meanwhile the other one goes on talking.
  const missed = unique('Inzwischen hier');
  await say(b.page, missed);
  await expect(bubble(b.page, missed)).toContainText('Gesendet');

  await a.context.setOffline(false);
  await expect(a.page.getByText('Sie sind offline')).toBeHidden();
  await expect(bubble(a.page, words)).toContainText('Gesendet');
  await expect(bubble(a.page, missed)).toHaveCount(1);
  await expect(bubble(b.page, words)).toHaveCount(1);
});

test('what waits survives a reload', async ({ person, ready }) => {
  const { one, other, room } = neighbours(ready);
  const a = await person(one);
  const b = await person(other);
  await roomLink(b.page, room).click();
  await roomLink(a.page, room).click();
  await expect(composer(a.page)).toBeVisible();
  await a.context.setOffline(true);
  const words = unique('Vor dem Neuladen');
  await say(a.page, words);
  await expect(bubble(a.page, words)).toContainText('Wartet auf Verbindung');
  // Back on line and loaded anew at once, before the page itself could have sent anything.
  await a.page.evaluate(() => {
    window.addEventListener(
      'online',
      (event) => {
        event.stopImmediatePropagation();
      },
      true,
    );
  });
  await a.context.setOffline(false);
  await a.page.reload();
  await expect(bubble(a.page, words)).toContainText('Gesendet');
  await expect(bubble(b.page, words)).toHaveCount(1);
  await a.page.reload();
  await expect(bubble(a.page, words)).toHaveCount(1);
});
