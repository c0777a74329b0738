import { expect, test } from 'vitest';
import { levelOf, withLevel } from './notify';
import { parse } from './xml';

const read = (inner: string) => {
  const root = parse(
    `<conference xmlns='urn:xmpp:bookmarks:1' name='OV &amp; Co' autojoin='true'><nick>Anna</nick>${inner}</conference>`,
  );
  if (!root) throw new Error('not well-formed');
  return root;
};
const notify = (inner: string) =>
  read(
    `<extensions><pinned xmlns='urn:xmpp:bookmarks-pinning:0'/><notify xmlns='urn:xmpp:notification-settings:1'>${inner}</notify></extensions>`,
  );

test('a bookmark without a level has none', () => {
  expect(levelOf(read(''))).toBeUndefined();
  expect(levelOf(notify('<sometimes/>'))).toBeUndefined();
  expect(levelOf(notify("<never identity-category='client' identity-type='pc'/>"))).toBeUndefined();
  expect(levelOf(notify('<on-mention/>'))).toBe('on-mention');
});

test('another level replaces the old one and keeps everything else', () => {
  const before = notify(
    "<always/><never identity-category='client' identity-type='pc'/><on-mention identity-category='client' identity-type='phone'/>",
  );
  const after = parse(withLevel(before, 'never').text);
  if (!after) throw new Error('not well-formed');
  expect(levelOf(after)).toBe('never');
  expect(after.getAttribute('name')).toBe('OV & Co');
  expect(after.getAttribute('autojoin')).toBe('true');
  expect(after.textContent).toBe('Anna');
  expect(after.querySelectorAll('pinned')).toHaveLength(1);
  const settings = [...(after.querySelector('notify')?.children ?? [])];
  expect(settings.map((one) => [one.localName, one.getAttribute('identity-type')])).toEqual([
    ['never', 'pc'],
    ['never', null],
  ]);
  const usual = parse(withLevel(after, undefined).text);
  expect(usual && levelOf(usual)).toBeUndefined();
});

test('what others set in detail is not touched', () => {
  const detailed =
    "<never><advanced><when xmlns='custom' day='monday'>nachts</when></advanced></never>";
  const after = withLevel(notify(detailed), 'always').text;
  expect(after).toContain("<when xmlns='custom' day='monday'>nachts</when>");
  expect(after).toContain('<always/>');
});
