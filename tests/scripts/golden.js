// What the server really sends, as pytest wrote it.
import answers from "./golden.json" with { type: "json" };

/** Returns one of the golden answers, a copy for each who asks. */
export const golden = (name) => structuredClone(answers[name]);
