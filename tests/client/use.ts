// Uses each operation of both documents once, with the generated types.

import createClient from "openapi-fetch";

import type { components, paths as All } from "./generated/all.js";
import type { paths as Classic } from "./generated/classic.js";

declare const process: { argv: string[] };

const origin = process.argv[2] ?? "";

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(origin + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
  });

// The application defines how users sign in, so the documents do not describe it.
const signedIn = await post("/demo/login", { user: "typescript" });
const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
const causes = async (level: number, message: string): Promise<number> => {
  const answer = await post("/demo/messages", { level, message }, { Cookie: cookie });
  return ((await answer.json()) as { id: number }).id;
};

// Lists of values are separated by commas.
const settings = {
  baseUrl: origin,
  headers: { Cookie: cookie },
  querySerializer: { array: { style: "form", explode: false } },
} as const;
const classic = createClient<Classic>(settings);
const all = createClient<All>(settings);

const [first, second, third] = [await causes(25, "Saved."), await causes(40, "Failed."), await causes(30, "Soon.")];
const one = (id: number) => ({ params: { path: { id } } });

// The document with all endpoints.
const peek = await all.GET("/api/messages/peek/", { params: { query: { group: "level" } } });
check(peek.data?.count === 3 && peek.data.levels?.length === 3, "peek counts three messages");

const query = { unread: true, level__in: [25, 40], ordering: ["-created" as const], page_size: 1 };
const page = await all.GET("/api/messages/", { params: { query } });
check(page.data?.results.length === 1 && page.data.next !== null, "a page of one of two messages");
const message: components["schemas"]["Message"] | undefined = page.data.results[0];
check(message?.id === second && message.level === 40 && message.read_at === null, "the newest of the two");
// Only few messages have these keys.
const about: unknown = message.data?.["post"];
const links: string[] | undefined = message.actions?.map((action) => `${action.label}: ${action.href}`);
const few: (string | number | undefined)[] = [message.title, message.key, message.times, message.format];
check(about === undefined && links === undefined && few.every((value) => value === undefined), "none of these keys");
const cursor = new URL(page.data.next).searchParams.get("cursor") ?? "";
const next = await all.GET("/api/messages/", { params: { query: { ...query, cursor } } });
check(next.data?.results[0]?.id === first && next.data.next === null, "the next page has the other one");

const tag = page.response.headers.get("ETag") ?? "";
const same = await all.GET("/api/messages/", { params: { query, header: { "If-None-Match": tag } } });
check(same.response.status === 304, "a list that has not changed");

const inbox = await all.GET("/api/messages/inbox/", { params: { query: { limit: 1, before: third } } });
check(inbox.data?.results[0]?.id === second && inbox.data.more && inbox.data.summary.count === 3, "the inbox");
check(inbox.data.can.includes("stream"), "the stream is among the actions that are possible");
const live = { params: { query: { after: inbox.data.at } }, parseAs: "stream" } as const;
const stream = (await all.GET("/api/messages/stream/", live)).data?.getReader();
const start = new TextDecoder().decode((await stream?.read())?.value);
check(start.startsWith("retry: ") && start.includes("\nid: "), "the start of the stream");
await stream?.cancel();

const single = await all.GET("/api/messages/{id}/", one(first));
check(single.data?.message === "Saved.", "one message");
check((await all.POST("/api/messages/{id}/read/", one(first))).data?.count === 1, "one is marked as read");
check((await all.POST("/api/messages/{id}/unread/", one(first))).data?.count === 1, "one is marked as unread");
const selection = { params: { query: { ids: [first, second] } } };
check((await all.POST("/api/messages/read/", selection)).data?.count === 2, "two are marked as read");
check((await all.POST("/api/messages/unread/", selection)).data?.count === 2, "two are marked as unread");

check((await all.POST("/api/messages/{id}/archive/", one(first))).data?.count === 1, "one is archived");
check((await all.POST("/api/messages/archive/", { params: { query: { ids: [second] } } })).data?.count === 1, "another");
const archive = await all.GET("/api/messages/archive/", { params: { query: { limit: 1 } } });
check(archive.data?.results[0]?.id === second && archive.data.more, "the archive");
check((await all.POST("/api/messages/{id}/restore/", one(first))).data?.count === 1, "one is restored");
check((await all.POST("/api/messages/restore/", {})).data?.count === 1, "the others are restored");
check((await all.GET("/api/messages/later/", {})).data?.results.length === 0, "no message is postponed");

const seen = await all.POST("/api/messages/seen/", { params: { query: { up_to: second } } });
check(seen.data?.seen === second, "two messages are seen");
check((await all.GET("/api/messages/peek/", {})).data?.unseen === 1, "one message is unseen");

const pinned = { params: { path: { id: first }, query: { add: ["pinned" as const], remove: ["starred" as const] } } };
check((await all.POST("/api/messages/{id}/tags/", pinned)).data?.count === 1, "one is pinned");
const onlyPinned = await all.GET("/api/messages/", { params: { query: { extra_tags: "pinned" } } });
check(onlyPinned.data?.results[0]?.id === first, "the filter finds it");
const until = new Date(Date.now() + 86_400_000).toISOString();
const none = { params: { query: { ids: [1], until } } };
check((await all.POST("/api/messages/snooze/", none)).data?.count === 0, "no message has this id");
const snoozed = await causes(20, "Later.");
const later = { params: { path: { id: snoozed }, query: { until } } };
check((await all.POST("/api/messages/{id}/snooze/", later)).data?.count === 1, "one is snoozed");

const refused = await all.DELETE("/api/messages/{id}/", one(first));
check(refused.response.status === 403 && refused.error !== undefined, "an unread message is not deleted");
await all.POST("/api/messages/read/", { params: { query: { up_to: second } } });
check((await all.DELETE("/api/messages/{id}/", one(first))).response.status === 204, "a read message is deleted");
check((await all.DELETE("/api/messages/", {})).data?.count === 1, "the other one is deleted");

// The document with the endpoints of drf-messages.
check((await classic.GET("/messages/peek/")).data?.count === 1, "one is left");
const list = await classic.GET("/messages/", { params: { query: { level_tag: "warning", limit: 5, offset: 0 } } });
check(list.data?.count === 1 && list.data.results[0]?.id === third, "a list with its count");
check((await classic.GET("/messages/{id}/", one(third))).data?.read_at !== null, "the list has marked it");
check((await classic.DELETE("/messages/{id}/", one(third))).response.status === 204, "and so it is deleted");

console.log("each operation of both documents was used");
