// How much of a room a member wants to be told, noted beside its bookmark (XEP-0492, XEP-0402).

import { BOOKMARKS, NOTIFY } from './ns';
import { child, copy, is, path, x, type Xml } from './xml';

export const LEVELS = ['always', 'on-mention', 'never'] as const;
export type Level = (typeof LEVELS)[number];

/** The level of a bookmark; undefined: what is usual for such a room. */
export function levelOf(conference: Element): Level | undefined {
  const notify = path(conference, ['extensions', BOOKMARKS], ['notify', NOTIFY]);
  const plain = [...(notify?.children ?? [])].filter(isForAll);
  return LEVELS.find((level) => plain.some((one) => is(one, level, NOTIFY)));
}

/** The bookmark with another level, and with everything else that was noted in it. */
export function withLevel(conference: Element, level: Level | undefined): Xml {
  const extensions = child(conference, 'extensions', BOOKMARKS);
  const notify = child(extensions, 'notify', NOTIFY);
  const settings = [...(notify?.children ?? [])].filter((one) => !isOurs(one)).map(copy);
  if (level) settings.push(x(level));
  const others = [...(extensions?.children ?? [])].filter((one) => one !== notify).map(copy);
  if (settings.length > 0) others.push(x('notify', { xmlns: NOTIFY }, ...settings));
  const told = (name: string) => conference.getAttribute(name) ?? undefined;
  return x(
    'conference',
    { xmlns: BOOKMARKS, name: told('name'), autojoin: told('autojoin') },
    ...[...conference.children].filter((one) => one !== extensions).map(copy),
    others.length > 0 ? x('extensions', {}, ...others) : undefined,
  );
}

function isForAll(setting: Element): boolean {
  return !setting.hasAttribute('identity-category');
}

/** What this choice stands for is replaced; XEP-0492 §3: what others set in more detail is not touched. */
function isOurs(setting: Element): boolean {
  if (child(setting, 'advanced', NOTIFY)) return false;
  const category = setting.getAttribute('identity-category');
  const type = setting.getAttribute('identity-type');
  return category === null || (category === 'client' && (type === null || type === 'phone'));
}
