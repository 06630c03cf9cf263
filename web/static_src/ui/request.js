// Asks our own server and nobody else: JSON in, JSON out, errors as the sentences the server says.

export class RequestRefused extends Error {}

/**
 * Returns what the server answers, of the type that wire.ts says. `body` is sent as JSON, or as it is if it is a form.
 * @param {string} url @param {{ method?: string, body?: unknown }} options
 */
export async function ask(url, { method = "GET", body = null } = {}) {
  const csrf = document.querySelector("meta[name=csrf]")?.getAttribute("content") ?? "";
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
  const sent = body instanceof FormData ? { headers, body } : body ? { headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) } : { headers };
  const answer = await fetch(url, { method, ...sent });
  const said = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new RequestRefused(said.message);
  return said;
}

/** Returns the sentence of an error: what the server said, if it answered. @param {unknown} problem */
export function messageOf(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}
