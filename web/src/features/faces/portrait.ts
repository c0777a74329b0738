// From any picture file to a small square one: drawn anew on a canvas, so that nothing of the file goes along, neither
// where nor with what it was taken.

import type { Portrait } from '../../xmpp/avatars';

/** Pixels along each side. */
export const SIDE = 256;
/** Files that are larger are not opened: a phone would run out of memory. */
export const FILE_MOST_BYTES = 30 * 1024 * 1024;

const KIND = 'image/jpeg';
const QUALITY = 0.85;

/** The largest square in the middle of a picture. */
export function middle(width: number, height: number): { x: number; y: number; side: number } {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

/** Undefined when the file is no picture that this browser can show. */
export async function portraitOf(file: Blob): Promise<Portrait | undefined> {
  if (file.size > FILE_MOST_BYTES) return undefined;
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return undefined;
  }
  const { x, y, side } = middle(picture.width, picture.height);
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  const pen = canvas.getContext('2d');
  if (!pen) return undefined;
  pen.fillStyle = '#fff'; // what was transparent
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, x, y, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, KIND, QUALITY);
  });
  if (blob?.type !== KIND) return undefined;
  return { bytes: new Uint8Array(await blob.arrayBuffer()), kind: KIND, side: SIDE };
}
