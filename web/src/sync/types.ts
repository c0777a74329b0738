// The shapes of what is true for one signed-in member: conversations, their messages, the line to the
// server. Values only; `reduce.ts` says how they change.

import type { SharedFile } from '../xmpp/files';

export interface Message {
  /** Stable while the message lives here: the sender's id, or the archive's when there is none. */
  readonly key: string;
  /** The id the sender gave it. */
  readonly id: string;
  /** The archive's id, once known. */
  readonly archiveId: string | undefined;
  readonly author: string;
  /** The author's address, where the room shows it. */
  readonly authorJid?: string | undefined;
  readonly mine: boolean;
  readonly body: string;
  readonly files: readonly SharedFile[];
  readonly at: number;
  readonly state: 'waiting' | 'sent' | 'refused';
  /** Why it was refused (a stanza error's condition). */
  readonly reason: string | undefined;
}

export type History = 'unknown' | 'loading' | 'more' | 'complete' | 'failed';

/** Rooms: where I stand. Persons are always `in`. */
export type Place = 'outside' | 'in' | 'removed' | 'refused';

export interface Conversation {
  readonly jid: string;
  readonly kind: 'room' | 'person';
  readonly name: string;
  readonly place: Place;
  readonly mayWrite: boolean;
  readonly unread: number;
  /** The newest message, also when the history has not been loaded. */
  readonly last: Message | undefined;
  /** Oldest first; those still waiting or refused stand at the end. */
  readonly messages: readonly Message[];
  readonly history: History;
  /** The "new messages" line stands before the message with this key. */
  readonly newFrom: string | undefined;
  /** Unread messages when the conversation was opened, until the line has found its place. */
  readonly lineOwed: number;
}

export interface Contact {
  readonly jid: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export type LinkState =
  | { readonly kind: 'connecting' | 'online' | 'offline' }
  | { readonly kind: 'waiting'; readonly retryAt: number };

export interface State {
  readonly link: LinkState;
  /** The list of conversations has been fetched at least once. */
  readonly listed: boolean;
  readonly conversations: ReadonlyMap<string, Conversation>;
  readonly contacts: readonly Contact[];
  /** Addresses of the pictures that have been fetched, by person or room. */
  readonly pictures: ReadonlyMap<string, string>;
  /** Counts the news of pictures, so that whoever shows initials looks again. */
  readonly pictured: number;
  /** The conversation on the screen. */
  readonly active: string | undefined;
  /** The newest message of the active conversation is being looked at right now. */
  readonly attending: boolean;
}

export const nothingYet: State = {
  link: { kind: 'connecting' },
  listed: false,
  conversations: new Map(),
  contacts: [],
  pictures: new Map(),
  pictured: 0,
  active: undefined,
  attending: false,
};

export interface InboxEntry {
  readonly jid: string;
  /** The name for a person not yet listed; undefined when an unknown address must not be listed. */
  readonly name: string | undefined;
  readonly unread: number;
  readonly newest: Message | undefined;
}

export type Change =
  | { readonly kind: 'link'; readonly link: LinkState }
  | { readonly kind: 'rooms'; readonly rooms: readonly { jid: string; name: string }[] }
  | { readonly kind: 'room'; readonly jid: string; readonly name: string }
  | { readonly kind: 'room-gone'; readonly jid: string }
  | { readonly kind: 'named'; readonly jid: string; readonly name: string }
  | { readonly kind: 'contacts'; readonly contacts: readonly Contact[] }
  | {
      readonly kind: 'inbox';
      readonly entries: readonly InboxEntry[];
    }
  | {
      readonly kind: 'place';
      readonly jid: string;
      readonly place: Place;
      readonly mayWrite: boolean;
    }
  | {
      readonly kind: 'received';
      readonly jid: string;
      readonly message: Message;
      readonly name: string;
    }
  | { readonly kind: 'history'; readonly jid: string; readonly history: History }
  | {
      readonly kind: 'page';
      readonly jid: string;
      readonly messages: readonly Message[];
      readonly where: 'older' | 'newer';
      readonly complete: boolean;
    }
  /** More is unread than was worth loading: the line stands at the top, or nowhere. */
  | { readonly kind: 'line-given-up'; readonly jid: string }
  /** The history has a gap: forget what is confirmed, it will be fetched anew. */
  | { readonly kind: 'reset'; readonly jid: string }
  /** My words are shown; their conversation is made if an earlier page left them behind. */
  | {
      readonly kind: 'queued';
      readonly jid: string;
      readonly of: 'room' | 'person';
      readonly name: string;
      readonly message: Message;
    }
  | { readonly kind: 'acked'; readonly keys: readonly string[] }
  | { readonly kind: 'refused'; readonly jid: string; readonly id: string; readonly reason: string }
  | { readonly kind: 'withdrawn'; readonly jid: string; readonly key: string }
  /** `person`: the name to list a person under who is not listed yet. */
  | {
      readonly kind: 'opened';
      readonly jid: string | undefined;
      readonly person: string | undefined;
    }
  /** Somebody has a picture that has not been fetched. */
  | { readonly kind: 'pictured'; readonly jid: string }
  | { readonly kind: 'picture'; readonly jid: string; readonly url: string | undefined }
  | { readonly kind: 'attending'; readonly attending: boolean }
  | { readonly kind: 'displayed'; readonly jid: string; readonly id: string };
