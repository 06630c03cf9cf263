// Asks our own server and nobody else: JSON in, JSON out, errors as the sentences the server says.

const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";

/** Returns what the server answers. `body` is sent as JSON, or as it is if it is a form. */
export async function ask(url, { method = "GET", body = null } = {}) {
  const form = body instanceof FormData;
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf, ...(body && !form ? { "Content-Type": "application/json" } : {}) };
  const answer = await fetch(url, { method, headers, body: body && !form ? JSON.stringify(body) : body });
  const said = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.message), { status: answer.status });
  return said;
}
