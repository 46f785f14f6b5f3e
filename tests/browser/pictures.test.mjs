// How it looks: pictures to look at, and what can be checked of them.

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { test } from "node:test";

import { PHONE, WIDE, pageUrl, pictures, urlOf, visit } from "./browser.mjs";

const openError = (page) => page.keyboard.press("e");
const openTrace = (page) => page.click("#slowest a");
const openStuck = (page) => page.click("#live a >> text=GET /rooms");
const showOperations = (page) => page.locator("#operations").scrollIntoViewIfNeeded();
const openOperation = (page) => page.click("#operations .n.failed a");
const PICTURES = [
  ["list-light", "traces", { ...WIDE, colorScheme: "light" }],
  ["list-phone", "traces", { ...PHONE, colorScheme: "light" }],
  ["trace-light", "trace", { ...WIDE, colorScheme: "light" }, openError],
  ["trace-dark", "trace", { ...WIDE, colorScheme: "dark" }, openError],
  ["trace-phone", "trace", { ...PHONE, colorScheme: "light" }],
  ["span-phone", "trace", { ...PHONE, colorScheme: "dark" }, openError],
  ["large-dark", "large", { ...WIDE, colorScheme: "dark" }],
  ["page-light", "page", { ...WIDE, colorScheme: "light" }],
  ["page-dark", "page", { ...WIDE, colorScheme: "dark" }],
  ["page-phone", "page", { ...PHONE, colorScheme: "light" }],
  ["page-operations-light", "page", { ...WIDE, colorScheme: "light" }, showOperations],
  ["page-operations-dark", "page", { ...WIDE, colorScheme: "dark" }, showOperations],
  ["page-operations-phone", "page", { ...PHONE, colorScheme: "dark" }, showOperations],
  ["page-operation-light", "page", { ...WIDE, colorScheme: "light" }, openOperation],
  ["page-operation-phone", "page", { ...PHONE, colorScheme: "dark" }, openOperation],
  ["page-trace-light", "page", { ...WIDE, colorScheme: "light" }, openTrace],
  ["page-trace-dark", "page", { ...WIDE, colorScheme: "dark" }, openStuck],
  ["page-trace-phone", "page", { ...PHONE, colorScheme: "light" }, openTrace],
];

for (const [name, document, options, action] of PICTURES) {
  test(`${name}: nothing is wider than the screen, and text has contrast`, () =>
    visit(
      document === "page" ? pageUrl() : urlOf(document),
      async (page) => {
        if (action) await action(page);
        await page.waitForLoadState();
        const path = `${pictures}/${name}.png`;
        await page.screenshot({ path });
        assert.ok((await stat(path)).size < 400_000, `${path} is too large`);
        const overflow = await page.evaluate(() => window.document.scrollingElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
        assert.deepEqual(await page.evaluate(lowContrast), []);
      },
      options,
    ));
}

/** The texts whose contrast is below 4.5, with it. */
function lowContrast() {
  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const over = (top, below) => {
    const alpha = top[3] === undefined ? 1 : top[3];
    return [0, 1, 2].map((nth) => top[nth] * alpha + below[nth] * (1 - alpha));
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = (node) => {
    if (!node) return [255, 255, 255];
    const own = channels(getComputedStyle(node).backgroundColor);
    return own[3] === 0 ? paper(node.parentElement) : over(own, own[3] === undefined ? own : paper(node.parentElement));
  };
  const low = [];
  for (const node of document.querySelectorAll("body *")) {
    const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!hasText || !node.getClientRects().length) continue;
    const below = paper(node);
    const [one, other] = [luminance(over(channels(getComputedStyle(node).color), below)), luminance(below)];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) low.push(`${contrast.toFixed(2)}: ${node.className} ${node.textContent.slice(0, 40)}`);
  }
  return [...new Set(low)];
}
