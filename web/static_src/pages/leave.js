// Who signs out leaves nothing half typed behind for the next one at this computer.
import { keepHalfTyped, keysHalfTyped } from "../ui/half_typed.js";
import { allOf } from "../ui/page.js";

for (const form of allOf("form", ".leave")) {
  form.addEventListener("submit", () => keysHalfTyped().forEach((key) => keepHalfTyped(key, null)));
}
