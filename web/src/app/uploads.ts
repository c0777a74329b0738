// The uploads of one account, put together: pieces over HTTP, kept in the browser. A chunk of its own, loaded after
// the list of conversations is there.

import type { World } from '../core/world';
import { openShelf } from '../sync/shelf';
import { Uploads, type Upload } from '../sync/upload';
import type { SharedFile } from '../xmpp/files';
import { pieces } from './tus';

export async function openUploads(
  account: { readonly jid: string; readonly rooms: string },
  world: World,
  changed: (now: readonly Upload[]) => void,
  whole: (jid: string, file: SharedFile) => Promise<boolean>,
): Promise<Uploads> {
  const shelf = await openShelf(account.jid);
  const uploads = new Uploads({ world, pieces: pieces(account.rooms), shelf, changed, whole });
  void uploads.restore();
  return uploads;
}
