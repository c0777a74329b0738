// What the parts of talking share: the connection, the archive, what is true, and the way to change it.

import type { World } from '../core/world';
import type { Said } from '../xmpp/chat';
import type { Connection } from '../xmpp/connection';
import type { Archive } from './archive';
import type { Change, Message, State } from './types';

export interface Me {
  readonly jid: string;
  readonly name: string;
  /** The service under which the rooms live. */
  readonly rooms: string;
}

export interface Shared {
  readonly world: World;
  readonly me: Me;
  readonly connection: Connection;
  readonly archive: Archive;
  state(): State;
  change(change: Change): void;
  /** What was said, as a message of the conversation `jid`. */
  message(words: Said, jid: string, archiveId: string | undefined): Message;
}
