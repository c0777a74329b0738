// How much of a conversation one is told, wherever that is kept: of a room beside its bookmark (XEP-0492), where other
// programs find it; between two on our server, because the standard has no place for it.

import { request } from '../../app/api';
import { fields, list, text } from '../../core/json';
import type { Talk } from '../../sync/talk';
import type { Conversation } from '../../sync/types';
import { LEVELS, levelOf, withLevel, type Level } from '../../xmpp/notify';
import { BOOKMARKS } from '../../xmpp/ns';
import { answeredItems, items, publish } from '../../xmpp/pubsub';

/** `usual`: what fits such a room when nothing was chosen. */
export type Choice = Level | 'usual';

export function choices(kind: Conversation['kind']): readonly Choice[] {
  return kind === 'room' ? ['usual', ...LEVELS] : LEVELS;
}

/** Undefined when it cannot be asked now. */
export async function chosen(talk: Talk, of: Conversation): Promise<Choice | undefined> {
  if (of.kind === 'room') {
    const conference = await bookmark(talk, of.jid);
    return conference && (levelOf(conference) ?? 'usual');
  }
  const answer = await request('GET', '/api/push/levels', (body) =>
    list(body, (item) => {
      const f = fields(item);
      return { jid: text(f['jid']), level: LEVELS.find((one) => one === f['level']) };
    }),
  );
  if (!answer.ok) return undefined;
  return answer.value.find((one) => one.jid === of.jid)?.level ?? 'always';
}

/** The code of what went wrong; empty when all is well. */
export async function choose(talk: Talk, of: Conversation, choice: Choice): Promise<string> {
  if (of.kind === 'person') {
    const answer = await request('POST', '/api/push/levels', () => undefined, {
      jid: of.jid,
      level: choice,
    });
    return answer.ok ? '' : answer.error.code;
  }
  // Read again before it is written: another program may have noted something beside it.
  const conference = await bookmark(talk, of.jid);
  if (!conference) return 'unreachable';
  const noted = withLevel(conference, choice === 'usual' ? undefined : choice);
  const answer = await talk.ask((id) => publish(id, BOOKMARKS, of.jid, noted));
  return answer.ok ? '' : 'other';
}

async function bookmark(talk: Talk, room: string): Promise<Element | undefined> {
  const answer = await talk.ask((id) => items(id, BOOKMARKS));
  if (!answer.ok) return undefined;
  return answeredItems(answer.value).find((item) => item.id === room)?.payload;
}
