// Joins messages from the archive, from the live stream and from the outbox into one list without doubles.
// A message is the same when the archive's id is the same, or when it is mine and the sender's id is.

import type { Message } from './types';

/** Confirmed messages first, in the archive's order, then those that wait or were refused. */
export function settle(messages: readonly Message[]): Message[] {
  return [
    ...messages.filter((message) => message.state === 'sent'),
    ...messages.filter((message) => message.state !== 'sent'),
  ];
}

export function add(
  known: readonly Message[],
  incoming: readonly Message[],
  where: 'older' | 'newer',
): Message[] {
  const byArchive = new Map<string, number>();
  const byOwnId = new Map<string, number>();
  const next = [...known];
  next.forEach((message, index) => {
    if (message.archiveId !== undefined) byArchive.set(message.archiveId, index);
    if (message.mine) byOwnId.set(message.id, index);
  });
  const fresh: Message[] = [];
  const moved = new Set<number>();
  const seen = new Set<string>();
  for (const message of incoming) {
    if (message.archiveId !== undefined) {
      if (byArchive.has(message.archiveId) || seen.has(message.archiveId)) continue;
      seen.add(message.archiveId);
    }
    const at = message.mine ? byOwnId.get(message.id) : undefined;
    const twin = at === undefined ? undefined : next[at];
    if (at !== undefined && twin) {
      // My own message comes back: keep its place on the screen's key, take over what the archive says.
      const confirmed: Message = { ...message, key: twin.key };
      if (twin.state === 'sent') {
        next[at] = confirmed;
      } else {
        moved.add(at);
        fresh.push(confirmed);
      }
      continue;
    }
    fresh.push(message);
  }
  const rest = next.filter((_, index) => !moved.has(index));
  return settle(where === 'older' ? [...fresh, ...rest] : insertAtEnd(rest, fresh));
}

function insertAtEnd(rest: readonly Message[], fresh: readonly Message[]): Message[] {
  const waiting = rest.findIndex((message) => message.state !== 'sent');
  const cut = waiting < 0 ? rest.length : waiting;
  return [...rest.slice(0, cut), ...fresh, ...rest.slice(cut)];
}

/** The newest id that the archive gave, to ask for what came after it. */
export function newestArchived(messages: readonly Message[]): string | undefined {
  for (let i = messages.length - 1; i >= 0; i--) {
    const id = messages[i]?.archiveId;
    if (id !== undefined) return id;
  }
  return undefined;
}

export function oldestArchived(messages: readonly Message[]): string | undefined {
  return messages.find((message) => message.archiveId !== undefined)?.archiveId;
}

/** The message before which `unread` messages of others follow, if that many are there. */
export function firstUnread(messages: readonly Message[], unread: number): string | undefined {
  let left = unread;
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    const message = messages[i];
    if (!message || message.mine) continue;
    left -= 1;
    if (left === 0) return message.key;
  }
  return undefined;
}
