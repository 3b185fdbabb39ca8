// Compiles against the types of the client, as an application with TypeScript does.

import { MessagesClient, Problem, type Message, type Options, type Snapshot, type Status, type Undoable } from "./messages.js";

const options: Options = { base: new URL("https://example.com/messages/"), headers: async () => ({ a: "b" }), live: "poll" };
const client: MessagesClient = new MessagesClient(options);
const shared: MessagesClient = MessagesClient.at("/messages/", "level__gte=30");
const release: () => void = shared.connect({ list: false });
const unsubscribe: () => void = client.subscribe(() => client.snapshot());

const { status, messages, fresh, maxLevel, can, error }: Snapshot = client.snapshot();
const state: Status = status;
const [first]: readonly Message[] = [...fresh, ...messages];
const level: number | null = maxLevel;
const problem: Problem | null = error;
if (can.has("archive") && first?.read_at === null) {
  const undoable: Undoable = client.archive(first.id);
  void undoable.undo().then((undone: boolean) => undone);
}
void client.read([1, 2]).catch((reason: unknown) => reason instanceof Problem && reason.retryAfter);
void client.read({ upTo: 7 });
client.addEventListener("message", ({ detail: { message } }) => message.extra_tags.join());
client.addEventListener("problem", ({ detail: { problem } }) => problem.status.toFixed());
client.addEventListener("other", (event: Event) => event.type);

// @ts-expect-error: a snapshot can't be changed
client.snapshot().count = 1;
// @ts-expect-error: the list can't be changed
client.snapshot().messages.push(first);
// @ts-expect-error: there is no such way to be live
new MessagesClient({ live: "always" });
// @ts-expect-error: a message has an id, not a text
client.read("7");

export { level, problem, release, state, unsubscribe };
