// An inbox on the REST API: it lists messages, follows the stream of their changes, and marks and deletes them.
// Everything except the `/demo/` requests works with any application that mounts these endpoints at `/api/messages`.

import { follow } from "./live.js";
import { Refusal, attempt, call, latest, onSubmit, say } from "./requests.js";

const MESSAGES = "/api/messages/"; // where the endpoints are mounted
const PAGE_SIZE = 10;
const WHOLE_LIST = 1000; // the server's maximum
const LEVELS = ["debug", "info", "success", "warning", "error"]; // the levels that have an icon

const $ = (id) => document.getElementById(id);

// ---- The signed-in user

let user; // a name; null if no user is signed in; undefined before the first response
let mailbox = null; // the key of the user's mailbox; null before the first list

/** Shows the parts of the page for this user, and removes all data of the previous user. */
function become(name) {
  for (const kind of ["look", "list", "one"]) latest(kind);
  user = name;
  mailbox = null;
  $("name").textContent = user;
  $("welcome").hidden = user !== null;
  for (const part of ["sign-out", "composer", "inbox"]) $(part).hidden = user === null;
  $("filters").reset();
  clearList({ filters: {}, order: "newest" });
  $("page").hidden = $("sent").hidden = true;
  $("one").close();
  showSummary({ count: 0 });
}

onSubmit($("sign-in"), async () => {
  const reply = await call("POST", "/demo/login", { body: { user: $("user").value } });
  say(`Signed in as ${reply.user}.`);
  become(reply.user);
  $("leave").focus(); // the form that had the focus is hidden
  await live.start();
  await followHash();
});

onSubmit($("sign-out"), async () => {
  await call("POST", "/demo/logout");
  say("Signed out. The messages of this session are deleted.");
  become(null);
  $("user").focus();
  await live.start();
});

/** Returns whether the mailbox belongs to the user of this page. Another tab may have signed in another user. */
function isOurs(key) {
  mailbox ??= key;
  if (mailbox === key) return true;
  user = undefined;
  live.start();
  return false;
}

// ---- Following the messages

let trouble = null; // the text of the status line while looking fails

/** Asks the server who is signed in, and lists the messages. Resolves to the position of the list. */
async function look() {
  try {
    const reply = await call("GET", "/demo/user", { signal: latest("look") });
    const isAnother = reply.user !== user;
    if (isAnother && user && !reply.user) say("You are no longer signed in.", "note");
    if (isAnother) become(reply.user);
    const position = user === null ? undefined : await load();
    if (trouble && $("status").textContent === trouble) say("The inbox is up to date again.");
    trouble = null;
    if (isAnother && user !== null) await followHash();
    return position;
  } catch (error) {
    if (error.name === "AbortError") return; // of another user, or a newer look is running
    if (!(error instanceof Refusal)) throw error;
    if (!trouble) say((trouble = error.message), "bad"); // only once, or a screen reader repeats it
  }
}

/** How the list follows each event of the stream. The actions of this page cause the same events. */
const changes = {
  message: (message) => (isFiltered() ? refresh([message.id]) : put(message)),
  read: ({ ids, read_at }) => mark(ids, read_at),
  unread: ({ ids }) => mark(ids, null),
  tagged: ({ ids }) => refresh(ids),
  deleted: ({ ids }) => ids.forEach(drop),
  summary: ({ mailbox: key, ...summary }) => isOurs(key) && showSummary(summary),
  resync: () => list(view),
};

const hear = (name, data) => attempt(null, () => inTurn(() => changes[name](data)));
const live = follow(`${MESSAGES}stream/`, { look, hear, show: showLive });

/** Sends a change, and shows it here at once. The stream announces it to all windows. */
async function change(method, address, name, data) {
  const reply = await call(method, MESSAGES + address);
  await hear(name, data);
  if (!live.isOpen()) await look();
  return reply;
}

let lastStep = Promise.resolve();

/** Changes the list in one step after the other: an event that arrives while a list is loading comes after the list. */
function inTurn(step) {
  const whose = user;
  const result = lastStep.then(async () => {
    if (user !== whose) return;
    const value = await step();
    showEnds();
    return value;
  });
  lastStep = result.catch(() => {}); // the caller handles the error
  return result;
}

function showLive(isLive) {
  $("live").dataset.live = isLive;
  $("live").textContent = isLive ? "Live" : "Looks again every 30 seconds";
  if (isLive && trouble) look();
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
  if (message.value === body.message) message.value = extra_tags.value = ""; // not the next message
  $("sent-text").textContent = `Stored as message ${id}.`;
  $("sent-open").href = `#message-${id}`;
  $("sent-delete").onclick = () => attempt(null, () => remove(id)); // 403 until the message was read
  $("sent").hidden = false;
  if (!live.isOpen()) await look();
});

// ---- The badge

function showSummary({ count, max_level_tag: tag }) {
  $("badge-text").textContent = count ? `${count} unread, highest level: ${tag || "other"}` : "no unread messages";
  $("badge").classList.toggle("none", count === 0);
  showLevel($("badge"), tag);
  document.title = count ? `(${count}) Messages` : "Messages";
  $("all-read").disabled = count === 0;

  const elsewhere = count - [...shown.values()].filter((message) => message.read_at === null).length;
  $("notice").hidden = elsewhere <= 0;
  $("notice-text").textContent = `Unread messages that are not listed here: ${elsewhere}.`;
}

function showLevel(element, tag) {
  element.dataset.level = tag;
  element.querySelector("use").setAttribute("href", `#icon-${LEVELS.includes(tag) ? tag : "other"}`);
}

// ---- The list

const ORDERS = {
  newest: (one, other) => other.id - one.id,
  oldest: (one, other) => one.id - other.id,
  "most severe": (one, other) => other.level - one.level || other.id - one.id,
  "last read": (one, other) => (other.read_at ?? "").localeCompare(one.read_at ?? "") || other.id - one.id,
};

let view; // the filters and the order of the list
let hasOlder = false; // whether there are older messages that match the filters
let can = new Set(); // the actions that the server permits
let newest; // the largest id that was listed, so that only later messages are announced
const shown = new Map(); // the listed messages by their ids

const isFiltered = ({ filters } = view) => Object.keys(filters).length > 0;
const itemOf = (id) => $("list").querySelector(`[data-id="${id}"]`);
const inbox = (query) => call("GET", `${MESSAGES}inbox/?${new URLSearchParams(query)}`, { signal: latest("list") });
const load = (asked) => inTurn(() => list(asked ?? view));

function clearList(next) {
  view = next;
  newest = Infinity;
  hasOlder = false;
  shown.clear();
  $("list").replaceChildren();
  news = [];
}

/** Lists the newest messages. Resolves to the position from which the stream continues. */
async function list(asked) {
  const { filters, order } = asked;
  // The summary and the position are those of the whole mailbox. They come first, so that the stream tells all changes.
  const whole = isFiltered(asked) && (await inbox({ limit: 0 }));
  // The other orders are applied here, to all messages.
  const limit = order === "newest" ? Math.max(PAGE_SIZE, shown.size) : WHOLE_LIST;
  const page = await inbox({ ...filters, limit });
  const { mailbox: key, summary, at, can: permitted } = whole || page;
  if (!isOurs(key)) return;
  if (asked !== view) clearList(asked);
  can = new Set(permitted);
  hasOlder = page.more;
  const ids = new Set(page.results.map((message) => message.id));
  for (const id of shown.keys()) if (!ids.has(id)) drop(id);
  page.results.reverse().forEach(put); // the oldest first, as they were added
  newest = Math.max(0, ...shown.keys());
  showSummary(summary);
  return at;
}

/** Shows the present state of these messages. A message that does not match the filters leaves the list. */
async function refresh(ids) {
  const { results } = await inbox({ ...view.filters, ids, limit: ids.length });
  const oldest = hasOlder ? Math.min(...shown.keys()) : 0;
  for (const id of ids) if (!results.some((message) => message.id === id)) drop(id);
  results.reverse().filter(({ id }) => id >= oldest).forEach(put);
}

function mark(ids, read_at) {
  for (const id of ids) if (shown.has(id)) put({ ...shown.get(id), read_at });
  if (isFiltered()) return refresh(ids);
}

/** Adds a message to the list, or shows its present state. The focus stays where it is. */
function put(message) {
  const item = itemOf(message.id) ?? newItem(message.id);
  shown.set(message.id, message);
  showMessage(item, message);
  const inOrder = ORDERS[view.order];
  const isLater = (other) => other !== item && inOrder(message, shown.get(Number(other.dataset.id))) < 0;
  const next = [...$("list").children].find(isLater) ?? null;
  if (!item.isConnected || item.nextElementSibling !== next) {
    const focused = item.contains(document.activeElement) ? document.activeElement : null;
    $("list").insertBefore(item, next);
    focused?.focus();
  }
  if (message.id > newest) announce(message);
  newest = Math.max(newest, message.id);
}

function drop(id) {
  shown.delete(id);
  if ($("sent-open").hash === `#message-${id}`) $("sent").hidden = true;
  const item = itemOf(id);
  if (item?.contains(document.activeElement)) {
    // The focus would be lost with the item. It goes to the same control of the next message.
    const neighbour = item.nextElementSibling ?? item.previousElementSibling;
    const same = neighbour?.querySelector(`[class="${document.activeElement.className}"]:not([hidden])`);
    (same ?? neighbour?.querySelector(".open") ?? $("inbox-title")).focus();
  }
  item?.remove();
}

function newItem(id) {
  const item = $("message-template").content.firstElementChild.cloneNode(true);
  const on = (name, action) => item.querySelector(name).addEventListener("click", () => attempt(null, action));
  item.dataset.id = id;
  item.querySelector(".open").href = `#message-${id}`;
  on(".toggle", () => setRead(id, shown.get(id).read_at === null));
  on(".delete", () => remove(id));
  return item;
}

function showMessage(item, message) {
  const part = (name) => item.querySelector(`.${name}`);
  const isUnread = message.read_at === null;
  showLevel(item, message.level_tag);
  item.classList.toggle("unread", isUnread);
  part("new").hidden = !isUnread;
  part("level").textContent = message.level_tag || `level ${message.level}`;
  part("created").replaceChildren(timeOf(message.created));
  part("text").textContent = message.message; // never innerHTML: the text is untrusted
  part("tags").replaceChildren(...message.extra_tags.map((tag) => element("li", tag)));
  part("tags").hidden = message.extra_tags.length === 0;
  part("toggle").textContent = isUnread ? "Mark as read" : "Mark as unread";
  part("toggle").hidden = !can.has(isUnread ? "mark-read" : "mark-unread");
  part("delete").hidden = !can.has("delete") || (isUnread && !can.has("delete-unread"));
  for (const name of ["open", "toggle", "delete"]) {
    part(name).ariaLabel = `${part(name).textContent}: ${message.message}`;
  }
}

/** Shows what comes after the last message. */
function showEnds() {
  $("page").hidden = false;
  $("empty").hidden = shown.size > 0;
  $("older").hidden = !hasOlder;
  $("count").textContent = shown.size ? `${shown.size} listed` : "";
  if (shown.size === 0 && hasOlder) hear("resync", {}); // all listed messages were deleted
}

// ---- The actions on the list

const setRead = (id, isRead) =>
  isRead
    ? change("POST", `${id}/read/`, "read", { ids: [id], read_at: new Date().toISOString() })
    : change("POST", `${id}/unread/`, "unread", { ids: [id] });

async function remove(id) {
  await change("DELETE", `${id}/`, "deleted", { ids: [id] });
  say("Deleted.");
}

function open() {
  const { order, ...filters } = Object.fromEntries([...new FormData($("filters"))].filter(([, value]) => value !== ""));
  return load({ filters, order });
}

onSubmit($("filters"), open);

$("notice-button").addEventListener("click", () => attempt($("filters"), async () => {
  $("filters").reset();
  $("unread").checked = true;
  await open();
  $("inbox-title").focus();
}));

$("all-read").addEventListener("click", () => attempt(null, async () => {
  // A message that arrives in the meantime stays unread.
  const selection = new URLSearchParams({ ...view.filters, up_to: newest });
  const { count } = await change("POST", `read/?${selection}`, "resync", {});
  say(`Marked as read: ${count}.`);
}));

$("older").addEventListener("click", () => attempt(null, () => inTurn(async () => {
  const page = await inbox({ ...view.filters, before: Math.min(...shown.keys()), limit: PAGE_SIZE });
  hasOlder = page.more;
  page.results.forEach(put);
  itemOf(page.results[0]?.id)?.querySelector(".open").focus();
})));

// ---- New messages, for screen readers

let news = [];

/** Announces messages together if they arrive together. The level and the text are enough: the list has the rest. */
function announce({ level_tag, message }) {
  news.push(`New message, ${level_tag || "other"}: ${message}`);
  if (news.length > 1) return;
  setTimeout(() => {
    const text = news.length > 1 ? `${news.length} new messages` : news[0];
    $("news").replaceChildren(...(text ? [element("span", text)] : []));
    news = [];
  }, 500);
}

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
    if (message.read_at === null) await setRead(message.id, true);
  });
}

addEventListener("hashchange", followHash);
$("one").addEventListener("close", () => history.replaceState(null, "", location.pathname));

// A browser opens at most six connections to a server without HTTP/2, so a hidden page gives its connection back.
document.addEventListener("visibilitychange", () => (document.hidden ? live.stop() : live.start()));

await live.start();
