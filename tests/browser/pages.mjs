// The pages that are checked, each in light and dark mode, narrow and wide. Add an entry for each new page.
//
//   name     the name of its screenshots
//   as       the user to sign in as; `nobody` stays signed out
//   path     its path
//   widths   the widths of the window, 360 and 1280 by default
//   status   the expected status, 200 by default
//   allowed  known problems of Swagger UI: { start of the problem's text: reason }
//   prepare  a step before the check: async (page) => {..}

const ADMIN = "/admin/messages";
const LIST = `${ADMIN}/list`;

/** Selects the first message of the list, and opens the confirmation of its deletion. */
async function askForDeletion(page) {
  await page.locator("[name=row]").first().check();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("heading", { name: "Delete messages" }).waitFor();
}

export const PAGES = [
  { name: "inbox-signed-out", as: "nobody", path: "/", prepare: (page) => page.locator("#welcome").waitFor() },
  { name: "inbox", as: "alice", path: "/", prepare: (page) => page.getByText("Live", { exact: true }).waitFor() },
  { name: "classic", as: "nobody", path: "/classic" },
  {
    name: "classic-with-a-message",
    as: "nobody",
    path: "/classic",
    prepare: async (page) => {
      await page.getByLabel("Note").fill("Buy milk.");
      await page.getByRole("button", { name: "Keep it" }).click();
      await page.getByText("Kept a note").first().waitFor();
    },
  },

  {
    name: "swagger-ui",
    as: "alice",
    path: "/docs/?urls.primaryName=All+endpoints",
    allowed: {
      "console: Could not find component: JsonSchema_": "it looks for a widget for each format, and falls back to the type's",
      "too wide: ": "its tables have a least width",
      "a table is cut off": "its tables have a least width",
      "axe button-name": "the button that switches to dark colours has an icon alone",
      "axe color-contrast": "its colours are its own",
      "axe heading-order": "its headings skip a level",
      "axe landmark-one-main": "it has no landmarks",
      "axe nested-interactive": "its rows are buttons with buttons in them",
      "axe region": "it has no landmarks",
      "axe scrollable-region-focusable": "its examples scroll, and can't have the focus",
      "axe select-name": "its selects have no labels",
    },
    prepare: async (page) => {
      await page.locator("#operations-messages-listMessages").click();
      await page.getByText("level__gte", { exact: true }).first().waitFor();
    },
  },

  { name: "admin-refused", as: "alice", path: LIST, status: 403 },
  { name: "admin-list", as: "admin", path: LIST, widths: [360, 1000, 1130, 1200, 1280] },
  { name: "admin-list-narrowed", as: "admin", path: `${LIST}?user=alice&level__gte=20&unread=true&period=2026` },
  { name: "admin-list-checked", as: "admin", path: LIST, prepare: (page) => page.locator("[name=row]").nth(1).check() },
  { name: "admin-list-empty", as: "admin", path: `${LIST}?search=nothing-is-like-that` },
  { name: "admin-list-wrong", as: "admin", path: `${LIST}?created_after=soon&unread=perhaps&period=x`, status: 400 },
  {
    name: "admin-message",
    as: "admin",
    path: LIST,
    prepare: async (page) => {
      await page.getByRole("link", { name: "Your card was declined" }).first().click();
      await page.getByRole("heading", { name: "Message to alice" }).waitFor();
    },
  },
  { name: "admin-confirm", as: "admin", path: LIST, prepare: askForDeletion },
  {
    name: "admin-confirm-all",
    as: "admin",
    path: `${LIST}?unread=true`,
    prepare: async (page) => {
      await page.getByLabel(/listed messages/).check();
      await page.getByRole("button", { name: "Mark as read" }).click();
      await page.getByRole("heading", { name: "Mark messages as read" }).waitFor();
    },
  },
  { name: "admin-new", as: "admin", path: `${ADMIN}/new?user=alice` },
  {
    name: "admin-new-wrong",
    as: "admin",
    path: `${ADMIN}/new`,
    prepare: async (page) => {
      await page.getByLabel("Message", { exact: true }).fill("a".repeat(1025));
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("Nothing was sent").waitFor();
    },
  },
  { name: "admin-nowhere", as: "admin", path: `${ADMIN}/no/such/page`, status: 404 },
];
