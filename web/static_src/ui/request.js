// Asks our own server and nobody else: JSON in, JSON out, errors as the sentences the server says.

/** What the server refused, and why; `content` is all of its answer. */
export class RequestRefused extends Error {
  /** @param {string} message @param {number} status @param {any} content */
  constructor(message, status = 0, content = null) {
    super(message);
    this.status = status;
    this.content = content;
  }
}

/** Returns an answer as wire.ts says. @param {string} url @param {{ method?: string, body?: unknown }} options */
export async function ask(url, { method = "GET", body = null } = {}) {
  const csrf = document.querySelector("meta[name=csrf]")?.getAttribute("content") ?? "";
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
  const sent = body instanceof FormData || body instanceof Blob ? { headers, body } : body ? { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) } : { headers };
  const answer = await fetch(url, { method, ...sent });
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new RequestRefused(content.message, answer.status, content);
  return content;
}

/** Returns the sentence of an error: what the server says, if it answers. @param {unknown} problem */
export function messageOf(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}
