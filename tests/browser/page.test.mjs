// The page of a running server: requests that run, slow ones, failed ones, and the way to their traces.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { PHONE, pageUrl, row, rowNames, visit as visitAny } from "./browser.mjs";

const PAGE = pageUrl();
const ASSETS = /\?asset=(base\.css|overview\.css|view\.css|view\.js)$/;

/** As `visit`, and nothing may violate the policy of the page or be a script of another address. */
const visit = (url, work, options) =>
  visitAny(
    url,
    async (page) => {
      const wrong = [];
      await page.exposeFunction("reportViolation", (directive) => wrong.push(directive));
      await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => window.reportViolation(event.effectiveDirective)));
      page.on("request", (request) => {
        if (["script", "stylesheet"].includes(request.resourceType()) && !ASSETS.test(request.url())) wrong.push(request.url());
      });
      await page.reload();
      await work(page);
      assert.deepEqual(wrong, []);
    },
    options,
  );
const section = (page, id) => page.locator(`section#${id}`);
const rowsOf = (page, id) => section(page, id).locator("tbody tr");
const texts = async (rows) => (await rows.allTextContents()).map((text) => text.replace(/\s+/g, " "));

/** Presses Tab until the link with this text has the focus. */
async function tabTo(page, place) {
  const wanted = await place.elementHandle();
  for (let nth = 0; nth < 400; nth++) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((link) => link === document.activeElement)) return;
  }
  assert.fail("the keyboard does not reach it");
}

test("a request that hangs is the first thing to see, with its children and their tags", () =>
  visit(PAGE, async (page) => {
    assert.equal(await page.locator("section").first().getAttribute("id"), "live");
    const rows = await texts(rowsOf(page, "live"));
    const at = rows.findIndex((text) => text.includes("GET /rooms/{room_id}/state"));
    assert.ok(at >= 0, String(rows));
    assert.match(rows[at], /http\.method=GET/);
    assert.match(rows[at + 1], /└ resolve_state.*ARG\.room_id=!<b>kitchen:b\.example state\.groups=1204/);
    assert.match(rows[at + 2], /└ SELECT … FOR UPDATE.*db\.statement=SELECT \* FROM rooms/);
    const indents = await rowsOf(page, "live").locator(".indent").allTextContents();
    assert.deepEqual(indents.map((indent) => indent.length), [2, 4]);
    assert.ok((await rowsOf(page, "live").nth(at).boundingBox()).y < 800, "it is not on the first screen");
  }));

test("the head leads to each list", () =>
  visit(PAGE, async (page) => {
    await page.click("text=3 failed");
    assert.equal(new URL(page.url()).hash, "#failed");
    assert.ok((await section(page, "failed").boundingBox()).y < 400);
  }));

test("what runs for long says so in a word, and the oldest comes first", () =>
  visit(PAGE, async (page) => {
    const rows = await texts(rowsOf(page, "live"));
    assert.match(rows[0], /^long 1\d min \d+ s ?bgproc\.purge_history/);
    assert.match(rows[1], /^long .* ?bgproc\.rotate_keys/);
  }));

test("the keyboard finds the slowest trace, searches it, reads it and returns", () =>
  visit(PAGE, async (page) => {
    const slowest = section(page, "slowest").locator("tbody a").first();
    assert.equal(await slowest.textContent(), "GET /sync");
    await tabTo(page, slowest);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".trace-page");
    assert.match(await page.title(), /^GET \/sync · \d+ ms · 12 spans$/);
    assert.match(await page.locator(".reason").textContent(), /in 2 × load_events of example\.org event_persister/);
    await page.keyboard.press("/");
    await page.keyboard.type("room_id=!lounge");
    assert.equal(await page.locator(".found").textContent(), "1 of 2");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.match(await page.locator("aside.detail").textContent(), /get_missing_events.*!lounge:example\.org/);
    await page.keyboard.press("Escape");
    await tabTo(page, page.locator("nav a"));
    await page.keyboard.press("Enter");
    await section(page, "live").waitFor();
    assert.equal(new URL(page.url()).pathname, new URL(PAGE).pathname);
  }));

test("a press on a service collapses it, and the link to all traces returns", () =>
  visit(PAGE, async (page) => {
    await section(page, "slowest").locator("a", { hasText: "GET /sync" }).click();
    await page.waitForSelector(".trace-page");
    assert.ok((await rowNames(page)).includes("SELECT events"));
    await page.locator(".service-button", { hasText: "event_persister" }).click();
    const names = await rowNames(page);
    assert.ok(!names.includes("SELECT events") && names.includes("GET /events/{room_id}"), String(names));
    await page.click("text=All traces");
    await section(page, "operations").waitFor();
  }));

test("a failed request leads to the span that failed, and to its words", () =>
  visit(PAGE, async (page) => {
    const failed = rowsOf(page, "failed").filter({ hasText: "POST /keys/query" });
    assert.equal(await failed.count(), 2);
    assert.match(await failed.first().textContent(), /failed status 502/);
    await failed.first().locator("a").click();
    await page.waitForSelector(".trace-page");
    await row(page, "query_keys").waitFor();
    await page.keyboard.press("e");
    assert.match(await page.locator("aside.detail .error-box").textContent(), /no answer from b\.example within 45 ms/);
  }));

test("a trace that goes on can be opened, and its spans are marked as unfinished", () =>
  visit(PAGE, async (page) => {
    await section(page, "live").locator("a", { hasText: "resolve_state" }).click();
    await page.waitForSelector(".trace-page");
    assert.deepEqual(await rowNames(page), ["GET /rooms/{room_id}/state", "resolve_state", "SELECT … FOR UPDATE"]);
    assert.match(await page.title(), / s so far · 3 spans$/);
    assert.deepEqual(await page.locator(".row .small-sign").allTextContents(), ["unfinished", "unfinished", "unfinished"]);
    await page.keyboard.press("Enter");
    assert.match(await page.locator("aside.detail").textContent(), /so far \(100% of the trace\).*unfinished/);
  }));

test("a trace of which spans are missing says how many", () =>
  visit(PAGE, async (page) => {
    await section(page, "slowest").locator("a", { hasText: "backfill" }).click();
    await page.waitForSelector(".trace-page");
    assert.match(await page.title(), /^backfill · /);
    const shown = Number((await page.title()).match(/([\d,]+) spans/)[1].replace(",", ""));
    const missing = (await page.locator(".trace-head").textContent()).match(/([\d,]+) more spans? found no room here/);
    assert.ok(missing, "it does not say it");
    assert.equal(shown + Number(missing[1].replace(",", "")), 10_501);
  }));

test("a number of the operations leads to a trace of that kind", () =>
  visit(PAGE, async (page) => {
    const sends = rowsOf(page, "operations").filter({ hasText: "PUT /rooms/{room_id}/send/{delay}" });
    const numbers = await sends.locator(".bucket a").allTextContents();
    assert.equal(numbers.map(Number).reduce((sum, one) => sum + one), 40);
    await sends.locator(".bucket a").last().click();
    await page.waitForSelector(".trace-page");
    assert.match(await page.title(), /^PUT \/rooms\/\{room_id\}\/send\/\{delay\} · \d+ ms · 2 spans$/);
  }));

test("the number of failures leads to the traces of that operation that failed, and back", () =>
  visit(PAGE, async (page) => {
    const keys = rowsOf(page, "operations").filter({ hasText: "POST /keys/query" });
    await keys.locator(".failed a", { hasText: /^2$/ }).click();
    assert.equal(new URL(page.url()).hash, "#failed");
    assert.equal(await page.locator("h1").textContent(), "POST /keys/query");
    assert.equal(await rowsOf(page, "failed").count(), 2);
    assert.equal(await rowsOf(page, "operations").count(), 1);
    assert.equal(await section(page, "live").count(), 0);
    await page.click("text=All traces");
    await section(page, "live").waitFor();
  }));

test("the bars of an operation are as high as its shares", () =>
  visit(PAGE, async (page) => {
    const cells = rowsOf(page, "operations").filter({ hasText: "PUT /rooms/{room_id}/send/{delay}" }).locator(".bucket");
    const bars = await cells.evaluateAll((all) => all.map((cell) => [Number(cell.textContent), getComputedStyle(cell).backgroundSize]));
    for (const [number, size] of bars) assert.equal(size, number ? `100% ${Math.ceil(number / 4) * 10}%` : "100% 0px");
  }));

test("names that others chose are text, and run nothing", () =>
  visit(PAGE, async (page) => {
    const name = "<script>window.__pwned = 2</script>";
    const failed = rowsOf(page, "failed").filter({ hasText: name });
    assert.match(await failed.textContent(), /failed <\/script><script>window\.__pwned = 1<\/script>/);
    assert.equal(await page.locator("main img, main script, .tags b").count(), 0);
    await failed.locator("a").click();
    await page.waitForSelector(".trace-page");
    assert.deepEqual(await rowNames(page), [name, "U+202Egnp.exeU+000AU+001B[2J"]);
    await page.keyboard.press("e");
    assert.match(await page.locator("aside.detail").textContent(), /<img src=x onerror="window\.__pwned = 3">/);
    assert.equal(await page.evaluate(() => window.__pwned), undefined);
  }));

test("the server sends a policy that runs its own script only, and scripts of data do not run", async () => {
  const policy = (await fetch(PAGE)).headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'; img-src data:/);
  const id = (await (await fetch(`${PAGE}?format=json`)).json()).operations[0].slowest[0].traceID;
  for (const url of [PAGE, `${PAGE}?trace=${id}`]) {
    await visitAny(url, async (page) => {
      const blocked = await page.evaluate(async () => {
        const violation = new Promise((resolve) => document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)));
        const script = document.createElement("script");
        script.src = "data:text/javascript,window.__pwned=9";
        document.body.append(script);
        return [await violation, window.__pwned];
      });
      assert.deepEqual(blocked, ["script-src-elem", undefined]);
    }).catch((error) => {
      // The browser says on the console that it refused, which is what is wanted here.
      assert.match(String(error.message), /Content Security Policy/);
      assert.doesNotMatch(String(error.message), /thrown|request:|script-src-elem.*undefined/);
    });
  }
});

test("on a phone, all lists fit, names can be pressed, and traces can be read", () =>
  visit(
    PAGE,
    async (page) => {
      const overflow = () => page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
      assert.ok((await overflow()) <= 0);
      for (const id of ["live", "slowest", "failed"]) {
        for (const link of await section(page, id).locator("tbody a").all()) {
          const box = await link.boundingBox();
          assert.ok(box.x >= 0 && box.x + box.width <= 375 && box.height >= 24, `${id}: ${JSON.stringify(box)}`);
        }
      }
      const operations = page.locator("#operations .wide");
      assert.ok(await operations.evaluate((node) => node.scrollWidth > node.clientWidth));
      await operations.evaluate((node) => node.scrollTo(400, 0));
      const name = rowsOf(page, "operations").locator("th").first();
      assert.ok((await name.boundingBox()).x >= 0, "the names scroll away");
      await section(page, "slowest").locator("a").first().tap();
      await page.waitForSelector(".trace-page");
      assert.ok((await overflow()) <= 0);
      await row(page, "encode_response").tap();
      assert.match(await page.locator("aside.detail h2").textContent(), /encode_response/);
    },
    PHONE,
  ));

test("without scripts, the page and its links are the same, and a trace is text", () =>
  visitAny(
    PAGE,
    async (page) => {
      assert.ok((await rowsOf(page, "live").count()) >= 5);
      await section(page, "slowest").locator("a").first().click();
      assert.match(await page.locator("pre").textContent(), /GET \/sync[^]*load_events/);
      await page.click("text=All traces");
      await section(page, "failed").locator("a").first().click();
      assert.match(await page.locator("pre").textContent(), /✗/);
    },
    { javaScriptEnabled: false },
  ));

const hasW3m = spawnSync("w3m", ["-version"]).status === 0;
// The page answers no HTTP/1.0, which w3m speaks: it could come from a proxy.
const inW3m = async (url, ...options) => {
  const input = await (await fetch(url)).text();
  return spawnSync("w3m", ["-dump", "-T", "text/html", ...options], { encoding: "utf8", input }).stdout.replaceAll("\u00a0", " ");
};

test("a text browser shows it all", { skip: hasW3m ? false : "there is no w3m" }, async () => {
  const shown = await inW3m(PAGE, "-cols", "240");
  assert.match(shown, /long 1\d min \d+ s +bgproc\.purge_history/);
  for (const part of ["Running now", "└ resolve_state", "Slowest", "GET /sync", "failed status 502", "Operations", "≤ 10 ms"]) {
    assert.ok(shown.includes(part), `${part} is not in ${shown}`);
  }
  const source = await (await fetch(PAGE)).text();
  const [, link] = source.split('id="slowest"')[1].match(/href="(\?trace=[0-9a-f]+)"/);
  assert.match(await inW3m(PAGE + link), /All traces[^]*GET \/sync[^]*load_events/);
});
