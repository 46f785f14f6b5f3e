// What others chose as names and values.

import assert from "node:assert/strict";
import { test } from "node:test";

import { row, urlOf, visit } from "./browser.mjs";

const HOSTILE = `${urlOf("traces")}#trace=0000000000000bad`;
const panel = (page) => page.locator("aside.detail");

test("no script of a span runs, wherever it is shown", () =>
  visit(HOSTILE, async (page) => {
    const spans = await page.locator(".row").count();
    assert.equal(spans, 5);
    await page.keyboard.press("Home");
    for (let nth = 0; nth < spans; nth++) {
      await page.keyboard.press("Enter");
      assert.ok(await panel(page).isVisible());
      const cut = panel(page).locator("button.link");
      while (await cut.count()) await cut.first().click();
      await page.keyboard.press("ArrowDown");
    }
    await page.fill(".search", "<svg onload=window");
    await page.goto(urlOf("traces"));
    await page.waitForSelector(".list-page");
    await page.fill(".search", "window.__pwned");
    assert.equal(await page.locator(".traces tbody tr").count(), 1);
    assert.equal(await page.evaluate(() => window.__pwned), undefined);
    assert.equal(await page.locator("main img, main svg, main script").count(), 0);
  }));

test("a script that came in all the same would not run", () =>
  visit(HOSTILE, async (page) => {
    const violations = page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
          const script = document.createElement("div");
          script.setAttribute("onclick", "window.__pwned = 9");
          document.body.append(script);
          script.click();
        }),
    );
    assert.match(await violations, /script-src/);
    assert.equal(await page.evaluate(() => window.__pwned), undefined);
  }).catch((error) => {
    // The browser says on the console that it refused, which is what is wanted here.
    assert.match(String(error.message), /Content Security Policy/);
    assert.doesNotMatch(String(error.message), /thrown|request/);
  }));

test("characters that cannot be seen stand as their code", () =>
  visit(HOSTILE, async (page) => {
    const title = await page.locator(".row .name").nth(1).textContent();
    assert.equal(title, "U+202Egnp.exeU+000AU+001B[2J");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const text = await panel(page).textContent();
    for (const code of ["U+001B", "U+0007", "U+202E", "U+200B", "U+2028", "U+2029"]) assert.ok(text.includes(code), code);
    assert.ok(!/[\u001b\u0007\u202e\u200b\u2028]/.test(await page.locator("main").innerText()));
  }));

test("a long value is cut, and shown whole on request", () =>
  visit(HOSTILE, async (page) => {
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const value = panel(page).locator("tr", { hasText: "unbroken" }).locator("td");
    assert.ok((await value.textContent()).length < 500);
    await value.locator("button").click();
    assert.equal(await value.textContent(), "x".repeat(3000));
    const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
  }));

test("spans without their parent, and spans in a circle, are shown and explained", () =>
  visit(HOSTILE, async (page) => {
    await row(page, "its parent is not here").click();
    assert.match(await panel(page).textContent(), /parent 000000000000dead is not in this document/);
    assert.match(await panel(page).textContent(), /000000000000feed:000000000000beef \(not in this document\)/);
    assert.ok((await row(page, "hen").count()) === 1 && (await row(page, "egg").count()) === 1);
  }));
