// Tasks that a user does with the keyboard only, in a browser without JavaScript.

import assert from "node:assert/strict";

/** Presses Tab until an element with this accessible name has the focus. With `begins`, the name is a prefix. */
async function tabTo(page, name, { begins = false } = {}) {
  for (let steps = 0; steps < 200; steps += 1) {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    const found = (await focused.count()) ? await focused.evaluate(nameOf) : "";
    if (found === name || (begins && found.startsWith(name))) return;
  }
  throw new Error(`the keyboard does not reach "${name}"`);
}

/** Approximates the accessible name, well enough for the controls of these pages. Runs in the page. */
function nameOf(element) {
  const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
  return name.replaceAll(/\s+/g, " ").trim();
}

export const FLOWS = [
  {
    name: "the first stop of the keyboard skips to the content",
    as: "admin",
    run: async (page, origin) => {
      await page.goto(`${origin}/admin/messages/`);
      await page.keyboard.press("Tab");
      assert.equal(await page.locator(":focus").textContent(), "Skip to the content");
      await page.keyboard.press("Enter");
      assert.equal(await page.locator(":focus").getAttribute("id"), "content");
    },
  },
  {
    name: "a message is written, found, tagged, marked and deleted",
    as: "admin",
    run: async (page, origin) => {
      await page.goto(`${origin}/admin/messages/`);
      await tabTo(page, "Write a message");
      await page.keyboard.press("Enter");
      await tabTo(page, "Recipients");
      await page.keyboard.type("carol\ndave\ncarol");
      await tabTo(page, "Message");
      await page.keyboard.type("<b>Maintenance</b> at noon");
      await tabTo(page, "Tags");
      await page.keyboard.type("ops & more\n\"quoted\"");
      await tabTo(page, "Send");
      await page.keyboard.press("Enter");
      await page.getByText("2 messages were sent.").waitFor();
      assert.equal(await page.locator("b").count(), 0, "what somebody wrote became markup");

      await tabTo(page, "Search the texts");
      await page.keyboard.type("maintenance NOON");
      await page.keyboard.press("Enter");
      await page.waitForURL(/search=maintenance/);
      assert.equal(await page.locator("tbody tr").count(), 2);

      await tabTo(page, "<b>Maintenance</b> at noon");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: /Message to/ }).waitFor();
      await tabTo(page, "One tag per line");
      await page.keyboard.press("Control+End");
      await page.keyboard.type("\nlater");
      await tabTo(page, "Save the tags");
      await page.keyboard.press("Enter");
      await page.getByText("1 message was given these tags.").waitFor();
      assert.deepEqual(await page.locator("dd.tags li").allTextContents(), ["ops & more", '"quoted"', "later"]);
      await tabTo(page, "Mark as read");
      await page.keyboard.press("Enter");
      await page.getByText("1 message was marked as read.").waitFor();

      await page.goto(`${origin}/admin/messages/list?search=maintenance`);
      for (let row = 0; row < 2; row += 1) {
        await tabTo(page, "Select the message to", { begins: true });
        await page.keyboard.press("Space");
      }
      assert.equal(await page.locator("[name=row]:checked").count(), 2);
      await tabTo(page, "Delete…");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Delete messages" }).waitFor();
      assert.match(await page.locator(".question").textContent(), /2 messages in 2 mailboxes will be deleted permanently/);
      await tabTo(page, "Delete 2 messages");
      await page.keyboard.press("Enter");
      await page.getByText("2 messages were deleted.").waitFor();
      await page.getByText("No messages found.").waitFor();
    },
  },
  {
    name: "an error is shown beside its field, the input is kept, and the field has the focus",
    as: "admin",
    run: async (page, origin) => {
      await page.goto(`${origin}/admin/messages/new`);
      await tabTo(page, "Message");
      await page.keyboard.type("Kept text");
      await tabTo(page, "Send");
      await page.keyboard.press("Enter");
      await page.getByText("Enter at least one user id.").waitFor();
      assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "Kept text");
      assert.equal(await page.locator("[aria-invalid=true]").getAttribute("aria-describedby"), "users-problem users-hint");
      await page.waitForFunction(() => document.activeElement?.id === "users");
    },
  },
  {
    name: "a note is kept without JavaScript",
    as: "nobody",
    run: async (page, origin) => {
      await page.goto(`${origin}/classic`);
      await tabTo(page, "Note");
      await page.keyboard.type("Buy milk.");
      await page.keyboard.press("Enter");
      await page.getByText("Kept a note of 9 characters.").waitFor();
      await page.reload();
      assert.equal(await page.getByText("Kept a note").count(), 0, "a message was shown twice");
    },
  },
];
