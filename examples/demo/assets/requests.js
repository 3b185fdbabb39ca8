// Requests to the server, and the status line that shows their errors.

const $ = (id) => document.getElementById(id);

/** An error response or, with status 0, no response at all. Its message is shown to the user. */
export class Refusal extends Error {
  constructor(status, reply, retryAfter = 0) {
    const detail = [reply.detail ?? reply].flat().map((part) => (part.trim ? part : JSON.stringify(part))).join(" ");
    super(`${status ? `Error ${status}: ` : ""}${detail}${retryAfter ? ` Try again in ${retryAfter} s.` : ""}`);
    Object.assign(this, { status, reply });
  }
}

export async function call(method, address, { body, signal } = {}) {
  const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
  const options = { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" };
  const response = await fetch(address, options).catch((error) => {
    throw error.name === "AbortError" ? error : new Refusal(0, "The server can't be reached.");
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const reply = isJson ? await response.json() : response.statusText; // a proxy answers with a whole page
  if (!response.ok) throw new Refusal(response.status, reply, Number(response.headers.get("Retry-After")) || 0);
  return reply;
}

// Of several requests of one kind, only the latest counts. A late response must not overwrite a newer one, and must not
// show one user the data of another.
const running = {};
export function latest(kind) {
  running[kind]?.abort();
  running[kind] = new AbortController();
  return running[kind].signal;
}

// ---- The status line

export function say(text, kind = "good") {
  $("status").textContent = text;
  $("status").dataset.kind = kind;
}

/** Runs an action of the user. Shows an error at the fields that it names. Otherwise, shows it in the status line. */
export async function attempt(form, action) {
  showFieldErrors(form, {});
  try {
    await action();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Refusal)) throw error;
    const shown = error.status === 400 && showFieldErrors(form, error.reply);
    say(shown ? "Not accepted. See the marked field." : error.message, "bad");
  }
}

/** Shows the problems of a 400: `{"field": ["problem", ..], ..}`. Returns whether it names a field of the form. */
function showFieldErrors(form, reply) {
  let first;
  for (const place of form?.querySelectorAll("[data-error]") ?? []) {
    const field = form.elements[place.dataset.error];
    place.textContent = [reply[place.dataset.error] ?? []].flat().join(" ");
    field.ariaInvalid = place.textContent ? "true" : null;
    if (place.textContent) first ??= field;
  }
  first?.focus();
  return Boolean(first);
}

export function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, action);
  });
}
