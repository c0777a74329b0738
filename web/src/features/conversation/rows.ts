// What stands in the list of messages, from top to bottom: the beginning, days, the "new messages" line, and
// messages, where those of one author in a row are drawn together. Pure.

import { dayOf } from '../../i18n/time';
import type { Conversation, Message } from '../../sync/types';

export type Row =
  | { readonly kind: 'top'; readonly key: 'top' }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: 'new' }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: Message;
      /** First of its group: the author is named. Last of its group: the time is shown. */
      readonly first: boolean;
      readonly last: boolean;
    };

const TOGETHER_MS = 5 * 60_000;

function belong(a: Message | undefined, b: Message | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.author === b.author &&
    a.mine === b.mine &&
    a.state === b.state &&
    Math.abs(b.at - a.at) < TOGETHER_MS &&
    dayOf(a.at) === dayOf(b.at)
  );
}

export function rows(conversation: Pick<Conversation, 'messages' | 'newFrom'>): Row[] {
  const { messages, newFrom } = conversation;
  const list: Row[] = [{ kind: 'top', key: 'top' }];
  let day = '';
  messages.forEach((message, index) => {
    const today = dayOf(message.at);
    // Messages stand in the archive's order; a clock that is wrong must not make the same day appear twice.
    if (today > day) {
      day = today;
      list.push({ kind: 'day', key: `day ${today}`, at: message.at });
    }
    const isNew = message.key === newFrom;
    if (isNew) list.push({ kind: 'new', key: 'new' });
    const next = messages[index + 1];
    list.push({
      kind: 'message',
      key: message.key,
      message,
      first: isNew || !belong(messages[index - 1], message),
      last: next?.key === newFrom || !belong(message, next),
    });
  });
  return list;
}

/** Whether the new list is the old one with something put before it: the view then keeps its place. */
export function grewAtTheTop(before: readonly Row[], after: readonly Row[]): boolean {
  const firstMessage = (list: readonly Row[]) => list.find((row) => row.kind === 'message')?.key;
  const was = firstMessage(before);
  return (
    was !== undefined &&
    was !== firstMessage(after) &&
    after.length > before.length &&
    after.some((row) => row.key === was)
  );
}
