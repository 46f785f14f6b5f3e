// One trace.

import assert from "node:assert/strict";
import { test } from "node:test";

import { row, rowNames, urlOf, visit } from "./browser.mjs";

const TRACE = urlOf("trace");
const panel = (page) => page.locator("aside.detail");
const found = (page) => page.locator(".found").textContent();

test("the head says where the time went, and leads there", () =>
  visit(TRACE, async (page) => {
    const reason = page.locator(".reason");
    assert.match(await reason.textContent(), /1\.04 s \(45%\) in 2 × outgoing-federation-request, 818 ms \(35%\) in load_events of b\.example main/);
    await reason.locator("a", { hasText: "load_events" }).click();
    await panel(page).waitFor();
    assert.equal(await panel(page).locator("h2").textContent(), "load_events");
  }));

test("a search by keyboard finds a tag, and n and p go from match to match", () =>
  visit(TRACE, async (page) => {
    await page.keyboard.press("/");
    await page.keyboard.type("destination=b.example");
    assert.equal(await found(page), "1 of 3");
    await page.keyboard.press("Enter");
    assert.equal(await found(page), "2 of 3");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("n");
    assert.equal(await found(page), "3 of 3");
    await page.keyboard.press("n");
    await page.keyboard.press("p");
    assert.equal(await found(page), "3 of 3");
    assert.match(await page.locator(".row.current-match").textContent(), /outgoing-federation-request/);
    await page.keyboard.press("/");
    await page.keyboard.type("nobody");
    assert.equal(await found(page), "no match");
    await page.keyboard.press("Escape");
    assert.equal(await found(page), "");
  }));

test("a match below a collapsed span is shown", () =>
  visit(TRACE, async (page) => {
    await page.keyboard.press("C");
    assert.deepEqual(await rowNames(page), ["GET /sync"]);
    await page.fill(".search", "lock.waited_ms");
    assert.equal(await row(page, "load_events").getAttribute("aria-selected"), "true");
    assert.ok(await row(page, "load_events").isVisible());
  }));

test("a press on a service collapses its spans, and says what is hidden", () =>
  visit(TRACE, async (page) => {
    const service = page.locator(".service-button", { hasText: "b.example main" });
    assert.ok((await rowNames(page)).includes("load_events"));
    await service.click();
    assert.equal(await service.getAttribute("aria-pressed"), "true");
    const names = await rowNames(page);
    assert.ok(!names.includes("load_events") && names.includes("incoming-federation-request"));
    assert.match(await row(page, "incoming-federation-request").textContent(), /\+2 spans/);
    await service.click();
    assert.equal((await rowNames(page)).length, 15);
  }));

test("the keyboard collapses a service, and an error below stays visible", () =>
  visit(TRACE, async (page) => {
    await page.keyboard.press("Home");
    await page.keyboard.press("c");
    assert.deepEqual(await rowNames(page), ["GET /sync"]);
    assert.match(await row(page, "GET /sync").textContent(), /\+14 spans !1 error/);
    await page.keyboard.press("c");
    assert.equal((await rowNames(page)).length, 15);
  }));

test("the key e goes to the next error, whose words can be read", () =>
  visit(TRACE, async (page) => {
    assert.match(await row(page, "outgoing-federation-request").textContent(), /error/);
    await page.keyboard.press("e");
    await panel(page).waitFor();
    assert.match(await panel(page).locator(".error-box").textContent(), /error no answer from b\.example within 1000 ms/);
    const log = panel(page).locator(".logs > li.failed");
    assert.match(await log.textContent(), /\+1\.00 s.*2026-11-29 14:03:08\.216000 UTC.*TimedOut/);
    await page.keyboard.press("Escape");
    assert.equal(await panel(page).count(), 0);
  }));

test("arrows walk the tree as in a tree grid", () =>
  visit(TRACE, async (page) => {
    const active = () =>
      page.evaluate(() => {
        const id = document.activeElement.getAttribute("aria-activedescendant");
        const made = document.getElementById(id);
        return [made.querySelector(".name").textContent, made.getAttribute("aria-level"), made.getAttribute("aria-expanded")];
      });
    await page.keyboard.press("Home");
    assert.deepEqual(await active(), ["GET /sync", "1", "true"]);
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await active(), ["get_user_by_req", "2", "true"]);
    await page.keyboard.press("ArrowLeft");
    assert.deepEqual(await active(), ["get_user_by_req", "2", "false"]);
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await active(), ["load_room_state", "2", "true"]);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.deepEqual(await active(), ["GET /sync", "1", "true"]);
    await page.keyboard.press("Enter");
    assert.equal(await panel(page).locator("h2").textContent(), "GET /sync");
  }));

test("plus, minus, zero and Shift with arrows change the time that is shown", () =>
  visit(TRACE, async (page) => {
    const ticks = () => page.locator(".tick").allTextContents();
    const whole = await ticks();
    assert.equal(whole[0], "0 ms");
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    const zoomed = await ticks();
    assert.notDeepEqual(zoomed, whole);
    await page.keyboard.press("Shift+ArrowLeft");
    assert.notDeepEqual(await ticks(), zoomed);
    await page.keyboard.press("-");
    await page.keyboard.press("0");
    assert.deepEqual(await ticks(), whole);
  }));

test("dragging over the overview shows a part, and a double click shows all", () =>
  visit(TRACE, async (page) => {
    const { x, y, width, height } = await page.locator(".overview").boundingBox();
    await page.mouse.move(x + width * 0.5, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.75, y + height / 2, { steps: 4 });
    await page.mouse.up();
    const [first] = await page.locator(".tick").allTextContents();
    assert.match(first, /^12\d\d ms|^13\d\d ms|^1400 ms/);
    assert.equal(await page.locator(".length-label.beyond-left").count() > 0, true);
    await page.locator(".overview").dblclick();
    assert.equal(await page.locator(".length-label.beyond-left").count(), 0);
  }));

test("a span of a host whose clock is behind is moved into its parent, and says so", () =>
  visit(TRACE, async (page) => {
    await row(page, "incoming-federation-request").click();
    const text = await panel(page).textContent();
    assert.match(text, /shown 839 ms later than they were sent/);
    assert.match(text, /2026-11-29 14:03:07\.422000 UTC/);
    const box = (name) => row(page, name).locator(".span-bar").boundingBox();
    const [child, parent] = [await box("incoming-federation-request"), await page.locator(".row .span-bar").nth(8).boundingBox()];
    assert.ok(child.x >= parent.x && child.x + child.width <= parent.x + parent.width);
  }));

test("a reference is a link to the other span", () =>
  visit(TRACE, async (page) => {
    await row(page, "outgoing-federation-request", 1).click();
    await panel(page).locator(".references a").click();
    await page.waitForFunction(() => document.querySelector("aside .error-box"));
    await page.waitForFunction(() => location.hash.includes("span=0000000000000021"));
  }));

test("a selection that is followed by another at once stays", () =>
  visit(TRACE, async (page) => {
    await page.addInitScript(() => {
      // After the URL has changed, and before the page is told of it.
      const press = () => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
      window.addEventListener("hashchange", press, { once: true });
    });
    await page.reload();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => location.hash.includes("0000000000000012"));
    assert.equal(await page.locator(".row[aria-selected=true] .name").textContent(), "SELECT access_tokens");
  }));

test("the URL names the span, and opens it again", () =>
  visit(`${TRACE}#trace=5a1e0000000000000000000000000a11&span=0000000000000031`, async (page) => {
    await panel(page).waitFor();
    assert.equal(await panel(page).locator("h2").textContent(), "load_events");
  }));

test("the keys are listed, and all controls have names", () =>
  visit(TRACE, async (page) => {
    await page.keyboard.press("?");
    assert.ok(await page.locator("dialog.keys").isVisible());
    await page.keyboard.press("Escape");
    assert.ok(!(await page.locator("dialog.keys").isVisible()));
    const nameless = await page.locator("button, input, a").evaluateAll((controls) =>
      controls.filter((control) => !(control.getAttribute("aria-label") || control.textContent.trim())).length,
    );
    assert.equal(nameless, 0);
  }));
