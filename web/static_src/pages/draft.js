// A draft: what it comes to beside its map. Villages in the table and on the map are one selection.
import { openDraft } from "../maps/draft_map.js";

openDraft();
