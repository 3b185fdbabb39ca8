// An inbox on the REST API: it peeks for the unread count, lists messages (which marks them as read), and deletes them.
// Everything except the `/demo/` requests works with any application that mounts the endpoints at `/messages`.

const MESSAGES = "/messages/"; // where the endpoints are mounted
const PEEK_EVERY = 4000; // milliseconds
const LEVELS = ["debug", "info", "success", "warning", "error"]; // the levels that have an icon

const $ = (id) => document.getElementById(id);

// ---- Talking to the server

/** An error response or, with status 0, no response at all. Its message is shown to the user. */
class Refusal extends Error {
  constructor(status, reply, retryAfter = 0) {
    const detail = [reply.detail ?? reply].flat().map((part) => (part.trim ? part : JSON.stringify(part))).join(" ");
    super(`${status ? `Error ${status}: ` : ""}${detail}${retryAfter ? ` Try again in ${retryAfter} s.` : ""}`);
    Object.assign(this, { status, reply, retryAfter });
  }
}

async function call(method, address, { body, signal } = {}) {
  const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
  const options = { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" };
  const response = await fetch(address, options).catch((error) => {
    throw error.name === "AbortError" ? error : new Refusal(0, "The server can't be reached.");
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const reply = await (isJson ? response.json() : response.text());
  if (!response.ok) throw new Refusal(response.status, reply, Number(response.headers.get("Retry-After")) || 0);
  return reply;
}

// Of several requests of one kind, only the latest counts. A late response must not overwrite a newer one, and must not
// show one user the data of another.
const running = {};
function latest(kind) {
  running[kind]?.abort();
  running[kind] = new AbortController();
  return running[kind].signal;
}

// ---- The status line

function say(text, kind = "good") {
  $("status").textContent = text;
  $("status").dataset.kind = kind;
}

/** Runs an action of the user. Shows an error at the fields that it names. Otherwise, shows it in the status line. */
async function attempt(form, action) {
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

function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, action);
  });
}

// ---- The signed-in user

let user; // a name; null if no user is signed in; undefined before the first response

/** Shows the parts of the page for this user, and removes all data of the previous user. */
async function become(name) {
  for (const kind of ["list", "peek", "one"]) latest(kind);
  user = name;
  shown = null;
  $("name").textContent = user;
  $("welcome").hidden = user !== null;
  for (const part of ["sign-out", "composer", "inbox"]) $(part).hidden = user === null;
  $("list").replaceChildren();
  $("page").hidden = $("sent").hidden = true;
  $("one").close();
  showSummary({ count: 0 });
  await peek();
  if (user !== null) await followHash();
}

onSubmit($("sign-in"), async () => {
  const reply = await call("POST", "/demo/login", { body: { user: $("user").value } });
  say(`Signed in as ${reply.user}.`);
  await become(reply.user);
  $("leave").focus(); // the form that had the focus is hidden
});

onSubmit($("sign-out"), async () => {
  await call("POST", "/demo/logout");
  say("Signed out. The messages of this session are deleted.");
  await become(null);
  $("user").focus();
});

/** Asks the server who is signed in. Another tab or a restart of the server may have changed that. */
async function lookAround() {
  await attempt(null, async () => {
    const reply = await call("GET", "/demo/user");
    if (user && !reply.user) say("You are no longer signed in.", "note");
    if (reply.user !== user) await become(reply.user);
  });
  await peek();
}

// ---- Sending a message

onSubmit($("compose"), async () => {
  const { level, message, extra_tags } = $("compose").elements;
  const tags = extra_tags.value.split(",").map((tag) => tag.trim()).filter(Boolean);
  const body = { level: Number(level.value), message: message.value, extra_tags: tags };
  $("sent").hidden = true;
  const { id } = await call("POST", "/demo/messages", { body });
  if (id === null) return say("Not stored: the level is below the server's minimum.", "note");
  say("Sent.");
  message.value = extra_tags.value = "";
  $("sent-text").textContent = `Stored as message ${id}.`;
  $("sent-open").href = `#message-${id}`;
  $("sent-delete").onclick = () => attempt(null, () => remove(id)); // 403 until the message was read
  $("sent").hidden = false;
  await peek();
});

// ---- The badge

let timer;
let trouble = null; // the text of the status line while peeking fails

async function peek() {
  clearTimeout(timer);
  if (document.hidden || user === null) return; // `visibilitychange` and signing in restart it
  let wait = PEEK_EVERY;
  try {
    showSummary(await call("GET", `${MESSAGES}peek/`, { signal: latest("peek") }));
    if (trouble) {
      if ($("status").textContent === trouble) say("The inbox is up to date again.");
      trouble = null;
      return lookAround();
    }
  } catch (error) {
    if (error.name === "AbortError") return; // a newer peek is running
    wait = Math.max(wait, (error.retryAfter ?? 0) * 1000);
    if (!trouble) say((trouble = error.message), "bad"); // only once, or a screen reader repeats it every few seconds
  }
  timer = setTimeout(peek, wait);
}

function showSummary({ count, max_level_tag: tag }) {
  const badge = count ? `${count} unread, highest level: ${tag || "other"}` : "no unread messages";
  if ($("badge-text").textContent !== badge) $("badge-text").textContent = badge;
  $("badge").classList.toggle("none", count === 0);
  showLevel($("badge"), tag);
  document.title = count ? `(${count}) Messages` : "Messages";

  const isOpen = shown !== null;
  const unread = `Unread messages${isOpen ? " that are not listed here" : ""}: ${count}.`;
  $("notice").hidden = isOpen && count === 0;
  $("notice-text").textContent = isOpen ? unread : `${unread} Opening the inbox marks the listed messages as read.`;
  $("notice-button").textContent = isOpen ? "List unread" : "Open inbox";
}

function showLevel(element, tag) {
  element.dataset.level = tag;
  element.querySelector("use").setAttribute("href", `#icon-${LEVELS.includes(tag) ? tag : "other"}`);
}

// ---- The list

let shown = null; // the address of the page on display; null while the inbox is closed
let removed = 0; // the number of its messages that were deleted since then

async function load(address) {
  const reply = await call("GET", address, { signal: latest("list") });
  // A server without a page size returns a bare array.
  const page = Array.isArray(reply) ? { count: reply.length, next: null, previous: null, results: reply } : reply;
  shown = address;
  removed = 0;
  $("list").replaceChildren(...page.results.map(messageItem));
  $("page").hidden = false;
  $("empty").hidden = page.results.length > 0;
  const before = Number(new URL(address, location).searchParams.get("offset"));
  $("position").textContent = page.results.length ? `${before + 1}–${before + page.results.length} of ${page.count}` : "";
  for (const way of ["previous", "next"]) {
    $(way).disabled = page[way] === null;
    $(way).onclick = () => attempt(null, async () => {
      await load(addressOf(page[way], way));
      $("inbox-title").focus(); // the list starts there, and the button may be disabled now
    });
  }
  await peek();
}

/** Returns the address of a link in the response, without its host: behind a proxy, the host may differ. */
function addressOf(link, way) {
  const { pathname, searchParams } = new URL(link);
  const offset = Number(searchParams.get("offset"));
  // The listed messages are read now, so the next unread messages come first. After a deletion, the rest moves up.
  if (searchParams.get("unread") === "true") searchParams.delete("offset");
  else if (way === "next") searchParams.set("offset", Math.max(0, offset - removed));
  return `${pathname}?${searchParams}`;
}

function messageItem(message) {
  const item = $("message-template").content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`.${name}`);
  item.dataset.id = message.id;
  showLevel(item, message.level_tag);
  // The response has the messages as they were before it marked them, so new messages are shown as new once.
  item.classList.toggle("unread", message.read_at === null);
  part("new").hidden = message.read_at !== null;
  part("level").textContent = message.level_tag || `level ${message.level}`;
  part("meta").append(timeOf(message.created));
  part("text").textContent = message.message; // never innerHTML: the text is untrusted
  part("tags").append(...message.extra_tags.map((tag) => element("li", tag)));
  part("tags").hidden = message.extra_tags.length === 0;
  part("open").href = `#message-${message.id}`;
  part("delete").addEventListener("click", () => attempt(null, () => remove(message.id)));
  for (const name of ["open", "delete"]) part(name).ariaLabel = `${part(name).textContent}: ${message.message}`;
  return item;
}

async function remove(id) {
  await call("DELETE", `${MESSAGES}${id}/`);
  say("Deleted.");
  if ($("sent-open").hash === `#message-${id}`) $("sent").hidden = true;
  const item = $("list").querySelector(`[data-id="${id}"]`);
  if (!item) return;
  const neighbour = item.nextElementSibling ?? item.previousElementSibling;
  (neighbour?.querySelector(".delete") ?? $("inbox-title")).focus(); // otherwise the focus is lost with the item
  item.remove();
  removed += 1;
  if (!neighbour) await load(shown);
}

function open() {
  const asked = [...new FormData($("filters"))].filter(([, value]) => value !== "");
  return load(`${MESSAGES}?${new URLSearchParams(asked)}`);
}

onSubmit($("filters"), open);

$("notice-button").addEventListener("click", () => attempt($("filters"), async () => {
  if (shown !== null) {
    $("filters").reset();
    $("unread").checked = true;
  }
  await open();
  $("inbox-title").focus();
}));

// ---- One message

const element = (name, text) => Object.assign(document.createElement(name), { textContent: text, dir: "auto" });

const locally = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const timeOf = (moment) => Object.assign(element("time", locally.format(new Date(moment))), { dateTime: moment });

/** Opens the message of the hash, such as `#message-1795376474562624`, so that a link can open a message. */
function followHash() {
  const [, id] = location.hash.match(/^#message-(\d+)$/) ?? [];
  if (!id) return $("one").close();
  return attempt(null, async () => {
    const message = await call("GET", `${MESSAGES}${id}/`, { signal: latest("one") });
    const fields = {
      Text: message.message,
      Level: `${message.level_tag || "unnamed"} (${message.level})`,
      Tags: message.extra_tags.join(", ") || "none",
      View: message.view || "none",
      Created: timeOf(message.created),
      Read: message.read_at ? timeOf(message.read_at) : "just now",
    };
    $("one-fields").replaceChildren();
    for (const [name, value] of Object.entries(fields)) {
      $("one-fields").append(element("dt", name), element("dd", ""));
      $("one-fields").lastElementChild.append(value); // a string becomes a text node
    }
    if (!$("one").open) $("one").showModal();
    await peek();
  });
}

addEventListener("hashchange", followHash);
$("one").addEventListener("close", () => history.replaceState(null, "", location.pathname));
document.addEventListener("visibilitychange", () => document.hidden || lookAround());

await lookAround();
