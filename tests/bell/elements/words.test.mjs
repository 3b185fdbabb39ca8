// The parts of the elements that need no page: texts, dates, and the text of safe HTML.

import assert from "node:assert/strict";
import test from "node:test";
import { plainText } from "../../../bell/elements/content.js";
import { dayOf, fullTime, timeOf } from "../../../bell/elements/dates.js";
import { safeLink } from "../../../bell/elements/dom.js";
import { levelGroup } from "../../../bell/elements/icons.js";
import { ENGLISH, textOf } from "../../../bell/elements/texts.js";

const NOW = Date.parse("2026-03-10T12:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const english = { language: "en", timeZone: "UTC", isAbsolute: false };

test("times are relative for a week, and never in the future", () => {
  const said = (age, calendar = english) => timeOf(NOW - age, NOW, calendar);
  assert.deepEqual([-HOUR, 0, MINUTE - 1].map((age) => said(age)), ["now", "now", "now"]);
  assert.deepEqual([MINUTE, 59 * MINUTE].map((age) => said(age)), ["1 min. ago", "59 min. ago"]);
  assert.deepEqual([HOUR, DAY - 1].map((age) => said(age)), ["1 hr. ago", "23 hr. ago"]);
  assert.deepEqual([DAY, 7 * DAY - 1].map((age) => said(age)), ["1 day ago", "6 days ago"]);
  assert.equal(said(7 * DAY), fullTime(NOW - 7 * DAY, english));
  assert.match(said(7 * DAY), /^Mar 3, 2026, 12:00/);
  assert.match(said(DAY, { ...english, isAbsolute: true }), /^12:00/);
  assert.equal(said(5 * MINUTE, { ...english, language: "fr" }), "il y a 5\u00a0min");
});

test("days are those of the calendar, in the time zone of the page", () => {
  const said = (time, calendar = english) => dayOf(Date.parse(time), NOW, calendar);
  assert.equal(said("2026-03-10T00:00:00Z"), "Today");
  assert.equal(said("2026-03-11T00:00:00Z"), "Today", "a clock that is ahead");
  assert.equal(said("2026-03-09T23:59:59Z"), "Yesterday");
  assert.equal(said("2026-03-08T12:00:00Z"), "Sunday");
  assert.equal(said("2026-03-04T12:00:00Z"), "Wednesday");
  assert.equal(said("2026-03-03T12:00:00Z"), "March 3, 2026");
  // Summer time began on March 8 in New York.
  const york = { ...english, timeZone: "America/New_York" };
  assert.equal(said("2026-03-10T03:59:00Z", york), "Yesterday");
  assert.equal(said("2026-03-10T04:00:00Z", york), "Today");
  assert.equal(said("2026-03-09T12:00:00Z", { ...english, language: "de" }), "Gestern");
});

test("texts have plural forms, and those that are missing stay English", () => {
  assert.equal(textOf({}, "en", "fresh", { n: 1 }), "1 new message");
  assert.equal(textOf({}, "en", "fresh", { n: 12 }), "12 new messages");
  const polish = { fresh: { one: "{n} las", few: "{n} lasy", many: "{n} las00f3w" } };
  assert.deepEqual([1, 3, 5].map((n) => textOf(polish, "pl", "fresh", { n })), ["1 las", "3 lasy", "5 las00f3w"]);
  assert.equal(textOf(polish, "pl", "empty"), "No messages");
  assert.equal(textOf({ read: "{text}: {n}{other}" }, "en", "read", { text: "{n}" }), "{n}: ", "values are no templates");
  for (const [name, text] of Object.entries(ENGLISH)) assert.ok(typeof text === "string" ? text : text.other, name);
});

test("safe HTML has a text", () => {
  assert.equal(plainText("<b>Tea</b> &amp; cake<br>&lt;b&gt; &quot;&#x27;&#39;"), `Tea & cake\n<b> "''`);
  assert.equal(plainText("&amp;lt;"), "&lt;");
});

test("only links that a person may follow are links", () => {
  globalThis.document = { baseURI: "https://shop.example/a/" };
  for (const [href, url] of [
    ["/inbox", "https://shop.example/inbox"],
    ["b?c=d#e", "https://shop.example/a/b?c=d#e"],
    ["https://pay.example/", "https://pay.example/"],
    ["mailto:a@b.example", "mailto:a@b.example"],
    [new URL("http://x.example/"), "http://x.example/"],
  ]) {
    assert.equal(safeLink(href)?.href, url);
  }
  const refused = ["", null, undefined, 7, {}, "javascript:x", " JAVASCRIPT:x", "java\nscript:x", "data:text/html,x", "vbscript:x"];
  for (const href of [...refused, "//evil.example", "/\\evil.example", " \\\\evil.example", "https://me@evil.example/", "http://", "file:///x"]) {
    assert.equal(safeLink(href), null, String(href));
  }
});

test("each level has a group", () => {
  assert.deepEqual([-5, 19, 20, 24, 25, 30, 39, 40, 999].map(levelGroup), ["debug", "debug", "info", "info", "success", "warning", "warning", "error", "error"]);
});
