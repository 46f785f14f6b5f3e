// A real browser, and the documents that it opens.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { after, before } from "node:test";

const variable = (name) => {
  assert.ok(process.env[name], `${name} is not set; see .ci/browser`);
  return process.env[name];
};

const { chromium } = createRequire(`${variable("FEDTRACE_BROWSER_MODULES")}/`)("playwright-core");

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 375, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Where pictures go. */
export const pictures = variable("FEDTRACE_BROWSER_PICTURES");

/** The URL of the page of a running server. */
export const pageUrl = () => variable("FEDTRACE_BROWSER_PAGE");

/** The URL of a document: `FEDTRACE_BROWSER_TRACES` and so on, else the file of that name. */
export function urlOf(name) {
  const given = process.env[`FEDTRACE_BROWSER_${name.toUpperCase()}`];
  return given || pathToFileURL(`${variable("FEDTRACE_BROWSER_FILES")}/${name}.html`).href;
}

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: variable("FEDTRACE_BROWSER"), args: ARGUMENTS });
});
after(() => browser.close());

/**
 * Opens a document and hands its page to `work`. Afterwards nothing may have been said on the console, nothing thrown, and
 * nothing loaded from elsewhere.
 */
export async function visit(url, work, options = {}) {
  const context = await browser.newContext({ timezoneId: "UTC", ...WIDE, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => wrong.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`thrown: ${error.stack}`));
  page.on("dialog", (dialog) => wrong.push(`dialog: ${dialog.message()}`));
  context.on("request", (request) => {
    if (!isAtHome(request.url(), url)) wrong.push(`request: ${request.url()}`);
  });
  try {
    await page.goto(url);
    await work(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

/** A file may load itself only, and a page only what is on its own server. */
function isAtHome(requested, url) {
  const [one, home] = [new URL(requested), new URL(url)];
  if (one.protocol === "data:") return true;
  if (home.protocol === "file:") return one.protocol === "file:" && one.pathname === home.pathname;
  return one.origin === home.origin;
}

/** The row of a span by its name; `nth` counts from zero. */
export function row(page, name, nth = 0) {
  return page.locator(".row", { has: page.locator(".name", { hasText: new RegExp(`^${name}$`) }) }).nth(nth);
}

/** The names of the rows in the page, from top to bottom. */
export function rowNames(page) {
  return page.locator(".row").evaluateAll((rows) => {
    const placed = rows.map((row) => [Number(row.getAttribute("aria-rowindex")), row.querySelector(".name").textContent]);
    return placed.sort((one, other) => one[0] - other[0]).map(([, name]) => name);
  });
}
