// Takes files that somebody chose, dropped or pasted, and hands them to the uploads. A picture's measures go along, so
// that the others' lists don't jump when it appears.

import { member } from '../../app/member.svelte';
import { t } from '../../i18n/t.svelte';

export async function attach(jid: string, files: FileList | null | undefined): Promise<void> {
  const chosen = [...(files ?? [])]; // the list itself is emptied as soon as this waits
  const uploads = await member.uploads?.catch(() => undefined);
  if (!uploads) {
    // The part that sends could not be fetched: a file must not vanish without a word.
    if (chosen.length > 0) alert(t('problem.unreachable'));
    return;
  }
  for (const file of chosen) {
    const measures = await measured(file);
    // A picture from the clipboard has a name of no meaning, or none.
    const name = file.name || `bild.${file.type.split('/')[1] ?? 'png'}`;
    await uploads.add(jid, {
      name,
      type: file.type || 'application/octet-stream',
      content: file,
      ...measures,
    });
  }
}

async function measured(file: File): Promise<{ width: number; height: number } | undefined> {
  if (!file.type.startsWith('image/') || file.type === 'image/svg+xml') return undefined;
  try {
    const picture = await createImageBitmap(file);
    const { width, height } = picture;
    picture.close();
    return { width, height };
  } catch {
    return undefined; // no picture after all, or a kind this browser does not know
  }
}
