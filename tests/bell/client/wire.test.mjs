// The parser of server-sent events.

import assert from "node:assert/strict";
import test from "node:test";
import { World } from "./world.mjs";

const { eventParser } = new World().browser.open();
const encoder = new TextEncoder();

/** Returns what the parser makes of these pieces. */
function parse(pieces) {
  const events = [];
  const take = eventParser(
    ({ id, name, data }) => events.push([id, name, data]),
    (retry) => events.push(retry),
  );
  for (const piece of pieces) take(typeof piece === "string" ? encoder.encode(piece) : piece);
  return events;
}

const STREAM = `retry: 3461
id: 7-ab
event: summary
data: {"count":2}

: a comment
id: 8
data: {"message":"Grüße, 日本, 🎉"}

id: 8-cd
event: deleted
data: {"ids":[7]}

`;
const EVENTS = [3461, ["7-ab", "summary", '{"count":2}'], ["8", "message", '{"message":"Grüße, 日本, 🎉"}'], ["8-cd", "deleted", '{"ids":[7]}']];

for (const [name, text] of [
  ["LF", STREAM],
  ["CRLF", STREAM.replaceAll("\n", "\r\n")],
  ["CR", STREAM.replaceAll("\n", "\r")],
  ["LF after a byte order mark", `\ufeff${STREAM}`],
]) {
  test(`a stream with ${name} may be cut at every byte`, () => {
    const bytes = encoder.encode(text);
    assert.deepEqual(parse([bytes]), EVENTS);
    assert.deepEqual(parse([...bytes].map((byte) => Uint8Array.of(byte))), EVENTS);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      assert.deepEqual(parse([bytes.slice(0, cut), bytes.slice(cut)]), EVENTS, `cut at ${cut}`);
    }
  });
}

test("fields are read as the HTML standard says", () => {
  const cases = {
    "data: a\ndata: b\n\n": [["", "message", "a\nb"]],
    "data\n\n": [["", "message", ""]],
    "data:  two spaces\n\n": [["", "message", " two spaces"]],
    "data:a:b\n\n": [["", "message", "a:b"]],
    "event: read\n\ndata: 1\n\n": [["", "message", "1"]], // the name belongs to the empty block
    "id: 1\n\ndata: a\n\n": [["1", "message", "a"]],
    "id: 1\ndata: a\n\ndata: b\n\n": [["1", "message", "a"], ["1", "message", "b"]],
    "id: 1\ndata: a\n\nid\ndata: b\n\n": [["1", "message", "a"], ["", "message", "b"]],
    "id: a\0b\ndata: a\n\n": [["", "message", "a"]],
    "retry: 10s\nretry: -1\nretry\ndata: a\n\n": [["", "message", "a"]],
    "unknown: 1\n: comment\n:\n Data: 1\ndata: a\n\n": [["", "message", "a"]],
    "data: not complete\n": [],
    "\ndata: \ufeffa\n\n": [["", "message", "\ufeffa"]],
  };
  for (const [text, events] of Object.entries(cases)) assert.deepEqual(parse([text]), events, JSON.stringify(text));
});
