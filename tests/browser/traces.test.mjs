// The list of traces.

import assert from "node:assert/strict";
import { test } from "node:test";

import { urlOf, visit } from "./browser.mjs";

const TRACES = urlOf("traces");
const TITLE = "GET /sync · 2.46 s · 15 spans · 1 error";

const names = (page) => page.locator(".traces tbody tr .name a").allTextContents();

test("the slowest trace is the first, Enter opens it and Back returns to it", () =>
  visit(TRACES, async (page) => {
    assert.equal((await names(page))[0], "GET /sync");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".trace-page");
    assert.equal(await page.locator("h1").textContent(), TITLE);
    assert.equal(await page.title(), TITLE);
    await page.goBack();
    await page.waitForSelector(".list-page");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "GET /sync");
  }));

test("a click opens a trace, and the link to all traces returns", () =>
  visit(TRACES, async (page) => {
    await page.click("text=GET /sync >> nth=0");
    await page.waitForSelector(".trace-page");
    assert.equal(await page.locator("h1").textContent(), TITLE);
    await page.click("text=All traces");
    await page.waitForSelector(".list-page");
    assert.equal(await page.locator("h1").textContent(), "Traces");
  }));

test("a filter finds traces by what their spans say", () =>
  visit(TRACES, async (page) => {
    assert.equal(await page.locator("[role=status]").textContent(), "42 traces · 100 spans");
    await page.keyboard.press("/");
    await page.keyboard.type("database locked");
    assert.match(await page.locator("[role=status]").textContent(), /^3 of 42 traces/);
    assert.equal(await page.locator(".traces tbody tr .errors").filter({ hasText: "1 error" }).count(), 3);
    await page.fill(".search", "persister get /sync");
    const found = await names(page);
    assert.ok(found.length > 1 && found.every((name) => name === "GET /sync"), String(found));
  }));

test("a press on a column sorts by it, and another press turns the order", () =>
  visit(TRACES, async (page) => {
    const sorted = (column) => page.locator(`th.${column}`).getAttribute("aria-sort");
    assert.equal(await sorted("duration"), "descending");
    await page.click("th.name button");
    assert.deepEqual([await sorted("name"), await sorted("duration")], ["ascending", "none"]);
    const ascending = await names(page);
    await page.keyboard.press("Enter");
    assert.equal(await sorted("name"), "descending");
    assert.notEqual((await names(page))[0], ascending[0]);
  }));

test("arrows go from trace to trace", () =>
  visit(TRACES, async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.getAttribute("href"));
    const first = await focused();
    await page.keyboard.press("ArrowDown");
    assert.notEqual(await focused(), first);
    await page.keyboard.press("ArrowUp");
    assert.equal(await focused(), first);
  }));

test("without scripts, the traces are there as text", () =>
  visit(
    TRACES,
    async (page) => {
      const text = await page.locator("pre").textContent();
      for (const part of ["example.org main", "2.31 s", "✗ outgoing-federation-request", "destination=b.example"]) {
        assert.ok(text.includes(part), `${part} is not in the text`);
      }
      assert.ok(!text.includes("\u001b") && !text.includes("\u202e"));
    },
    { javaScriptEnabled: false },
  ));
