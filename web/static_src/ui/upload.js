// Sends a large file in pieces: a lost connection costs one piece, and the page says how far it is.
import { RequestRefused, ask } from "./request.js";
/** @import { Upload } from "../wire.js" */

const PAUSE_MS = 3000;

/**
 * Returns what the server calls the file, once it is all there.
 * @param {File} file @param {Upload} upload As the server began it. @param {(have: number, isLost: boolean) => void} onProgress
 */
export async function sendInPieces(file, { id, have, piece }, onProgress) {
  let at = have;
  while (at < file.size) {
    try {
      ({ have: at } = await ask(`/api/imagery/${id}/pieces?at=${at}`, { method: "POST", body: file.slice(at, at + piece) }));
      onProgress(at, false);
    } catch (problem) {
      if (problem instanceof RequestRefused) throw problem;
      onProgress(at, true);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  return id;
}
