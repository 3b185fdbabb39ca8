// The exports of `messages.js`.

export { MessagesClient } from "./client.js";
export { Problem } from "./requests.js";
