// Names without an end, names that cannot be seen, and failures that say little.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PHONE, WIDE, row, urlOf, visit } from "./browser.mjs";

const TRACE = urlOf("trace");
const NARROW = { ...PHONE, viewport: { width: 390, height: 740 } };
const LOOP = "start_bgproc.federation_transaction_transmission_loop_of_server";

/** A trace whose child has this name, and uses it wherever a text can be. */
const traceOf = (name) => {
  const tag = { key: name, type: "string", value: name };
  const logs = [
    { timestamp: 2000, fields: [{ key: "event", type: "string", value: name }, tag] },
    { timestamp: 3000, fields: [{ key: "event", type: "string", value: "error" }, tag, { key: "message", type: "string", value: name }] },
  ];
  const span = (spanID, operationName, references, processID, duration = 9000) => ({
    traceID: "a",
    spanID,
    operationName,
    references,
    startTime: 1000,
    duration,
    tags: [tag, { key: "error", type: "bool", value: true }],
    logs,
    processID,
  });
  const parent = { refType: "CHILD_OF", traceID: "a", spanID: "1" };
  const follows = { refType: "FOLLOWS_FROM", traceID: "a", spanID: "2" };
  const spans = [span("1", "GET /", [], "p1"), span("2", name, [parent], "p2"), span("3", "below", [{ ...parent, spanID: "2" }, follows], "p2", 1000)];
  const processes = { p1: { serviceName: "main", tags: [] }, p2: { serviceName: name, tags: [tag] } };
  return { data: [{ traceID: "a", spans, processes, warnings: null }] };
};
const show = (page, traces) => page.evaluate((json) => window.fedtraceView.show(json), traces);
// Not `innerWidth`: on a phone, that grows with the document.
const widthBeyond = async (page) => (await page.evaluate(() => document.scrollingElement.scrollWidth)) - page.viewportSize().width;
const panelBeyond = (page) => page.evaluate(() => Math.max(...[...document.querySelectorAll(".panel, .panel .section")].map((one) => one.scrollWidth - one.clientWidth)));

for (const [which, name] of [["a name of 63 letters", LOOP], ["a name of 900 letters", "n".repeat(900)]]) {
  for (const [screen, options] of [["a phone", NARROW], ["a wide screen", WIDE]]) {
    test(`${which} makes nothing wider than ${screen}`, () =>
      visit(
        TRACE,
        async (page) => {
          await show(page, traceOf(name));
          assert.ok((await widthBeyond(page)) <= 0, `the page is ${await widthBeyond(page)} pixels too wide`);
          assert.ok((await page.locator(".reason").textContent()).includes(name));
          for (let nth = 0; nth < 3; nth++) {
            await page.keyboard.press(nth ? "ArrowDown" : "Home");
            await page.keyboard.press("Enter");
            const wide = [await widthBeyond(page), await panelBeyond(page)];
            assert.ok(Math.max(...wide) <= 0, `with span ${nth}, the page and the panel are ${wide} pixels too wide`);
          }
          const box = await page.locator("aside.detail .close").boundingBox();
          const width = options.viewport.width;
          assert.ok(box.x + box.width <= width - 4, `the button to close ends at ${box.x + box.width}`);
        },
        options,
      ));
  }
}

test("a span without a name can be seen, and its links can be pressed", () =>
  visit(TRACE, async (page) => {
    const [one, other] = [traceOf("").data[0], traceOf("  ").data[0]];
    one.spans[0].operationName = "";
    await show(page, { data: [one, { ...other, traceID: "b" }] });
    assert.equal(await page.locator(".traces .name a .no-name").count(), 1);
    await show(page, { data: [one] });
    assert.equal(await row(page, "\\(no name\\)").count(), 1);
    assert.equal(await page.locator(".row .no-name").count(), 2);
    assert.match(await page.title(), /^\(no name\) · /);
    await page.locator(".reason .no-name").first().click();
    assert.equal(await page.locator("aside.detail h2 .no-name").textContent(), "(no name)");
  }));

test("an error without a message says of which kind it is", () =>
  visit(TRACE, async (page) => {
    const trace = traceOf("child");
    trace.data[0].spans[0].logs = [{ timestamp: 2000, fields: [{ key: "event", value: "error" }, { key: "error.kind", value: "panic" }] }];
    await show(page, trace);
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    assert.match(await page.locator("aside.detail .error-box").textContent(), /error panic$/);
  }));
