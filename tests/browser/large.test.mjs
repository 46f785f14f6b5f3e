// A trace of 10,000 spans.

import assert from "node:assert/strict";
import { test } from "node:test";

import { rowNames, urlOf, visit } from "./browser.mjs";

const LARGE = urlOf("large");
const MOST_ROWS = 120;
/** Milliseconds. A machine that does other things too has slow frames; work for all spans in each would take longer. */
const LONGEST_FRAME = 1000;
const USUAL_FRAME = 50;

test("scrolling through 10,000 spans keeps few rows in the page and drops no long frame", () =>
  visit(LARGE, async (page) => {
    assert.match(await page.locator("h1").textContent(), /10,000 spans/);
    assert.equal(await page.locator(".waterfall").getAttribute("aria-rowcount"), "10001");
    const { frames, rows } = await page.evaluate(async () => {
      const node = document.querySelector(".waterfall");
      const seen = { frames: [], rows: 0 };
      let last = await new Promise(requestAnimationFrame);
      for (let step = 0; step < 120; step++) {
        node.scrollTop = (node.scrollHeight * step) / 120;
        const now = await new Promise(requestAnimationFrame);
        seen.frames.push(now - last);
        seen.rows = Math.max(seen.rows, document.querySelectorAll(".row").length);
        last = now;
      }
      return seen;
    });
    frames.sort((one, other) => one - other);
    const [usual, longest] = [frames[60], frames[119]];
    console.log(`frames of ${usual.toFixed(0)} ms, at most ${longest.toFixed(0)} ms; at most ${rows} rows`);
    assert.ok(rows <= MOST_ROWS, `${rows} rows`);
    assert.ok(longest <= LONGEST_FRAME && usual <= USUAL_FRAME, `frames of ${usual} ms, at most ${longest} ms`);
  }));

test("the keyboard reaches the last span, and a search the one in 10,000", () =>
  visit(LARGE, async (page) => {
    await page.keyboard.press("End");
    const last = page.locator(".row[aria-rowindex='10001']");
    await last.waitFor();
    assert.equal(await last.getAttribute("aria-selected"), "true");
    await page.keyboard.press("/");
    await page.keyboard.type("needle");
    assert.equal(await page.locator(".found").textContent(), "1 of 1");
    const match = page.locator(".row.current-match");
    await match.waitFor();
    assert.ok(await match.isVisible());
    assert.match(await match.textContent(), /error/);
  }));

test("collapsing a service leaves its own spans and hides what is below", () =>
  visit(LARGE, async (page) => {
    await page.locator(".service-button", { hasText: "event_persister" }).click();
    assert.equal(await page.locator(".waterfall").getAttribute("aria-rowcount"), "101");
    const names = await rowNames(page);
    assert.ok(!names.includes("index_event") && names.includes("index_room"));
  }));
