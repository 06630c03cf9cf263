// A draft: what it comes to beside its map. Villages in the table and on the map are one selection.
import { openDraft } from "../draft.js";

openDraft();
