// The report's page in a real browser: nothing asked of the network, nothing complained about, everything reached by
// keyboard, nothing that axe-core (WCAG) objects to in either theme, and the same tables and plots without scripts.
//
//   node check.mjs --chromium PROGRAM --screenshots FOLDER PAGE.html

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values: options, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: { chromium: { type: "string" }, screenshots: { type: "string" } },
});
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const address = pathToFileURL(resolve(file)).href;
const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
mkdirSync(options.screenshots, { recursive: true });
const browser = await chromium.launch({ executablePath: options.chromium, args: flags });

/** Opens the page; what it asks for and complains about is gathered. */
async function open(settings) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return { page, done: async () => { assert.deepEqual(complaints, []); await context.close(); } };
}

/** Every violation that axe-core finds, as rule and place. The policy of the page forbids scripts but its own, so the
 *  browser's own channel brings axe in. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  }));
  return found.violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target} ${node.failureSummary}`));
}

const shot = (page, name) => page.screenshot({ path: join(options.screenshots, `${name}.png`) });
const shown = (page) => page.locator(".item:visible").count();
const focused = (page) => page.evaluate(() => document.activeElement.closest(".item")?.id ?? document.activeElement.id);

/** Holds once tasks that the page has queued are done, or else fails as `claim` does. */
async function settled(claim) {
  for (let left = 50; left > 0; left -= 1) {
    try {
      return await claim();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return claim();
}

const checks = {
  async "no violation in either theme, and nothing wider than the window"() {
    for (const [name, settings] of Object.entries({
      light: { colorScheme: "light" },
      dark: { colorScheme: "dark" },
      phone: { colorScheme: "light", viewport: { width: 390, height: 844 } },
      "phone-dark": { colorScheme: "dark", viewport: { width: 390, height: 844 } },
    })) {
      const { page, done } = await open({ ...settings, reducedMotion: "reduce" });
      await shot(page, name);
      for (const part of await page.locator("main > section").all()) {
        await part.evaluate((section) => section.scrollIntoView());
        await shot(page, `${name}-${await part.getAttribute("id")}`);
      }
      const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= view, `${name}: ${content} px of content in ${view}`);
      assert.deepEqual(await violations(page), [], name);
      await page.locator(".open").first().click();
      await shot(page, `${name}-enlarged`);
      assert.deepEqual(await violations(page), [], `${name}, enlarged`);
      await done();
    }
  },

  async "the theme follows the system until it is chosen, and the choice stays"() {
    const { page, done } = await open({ colorScheme: "light" });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await paper();
    assert.notEqual(light, dark);
    await page.locator("#theme").click();
    assert.equal(await paper(), light);
    await page.reload();
    assert.equal(await paper(), light);
    await done();
  },

  async "filters show what they say"() {
    const { page, done } = await open({});
    const all = await shown(page);
    assert.ok(all > 20, `${all} errors`);
    const select = (name, value) => page.locator(`#filters [name=${name}]`).selectOption(value);
    const options = (name) => page.locator(`#filters [name=${name}] option`).evaluateAll((o) => o.map((x) => x.value));
    for (const name of ["category", "kind", "fact", "change"]) {
      const counts = [];
      for (const value of (await options(name)).filter(Boolean)) {
        await select(name, value);
        counts.push(await shown(page));
        assert.equal(await page.locator("#shown").textContent(), `${counts.at(-1)} shown`);
        const wrong = await page.locator(".item:visible").evaluateAll((items, [name, value]) => items.filter((item) => {
          const group = item.closest(".group").dataset;
          const of = { ...group, change: item.dataset.change, fact: item.dataset.facts.split(" ") }[name];
          return Array.isArray(of) ? !of.includes(value) : of !== value;
        }).length, [name, value]);
        assert.equal(wrong, 0, `${name} ${value}`);
      }
      assert.ok(counts.every((n) => n <= all) && counts.some((n) => n > 0 && n < all), `${name}: ${counts} of ${all}`);
      if (name === "category" || name === "kind") assert.equal(counts.reduce((a, b) => a + b), all, name);
      await page.locator("#filters [type=reset]").click();
      await page.waitForFunction((n) => document.querySelector("#shown").textContent === `${n} shown`, all);
    }
    const link = page.locator(".card a[data-kind=missed]").first();
    await link.click();
    const group = page.locator(".group:visible");
    assert.equal(await group.count(), 1);
    assert.equal(await group.getAttribute("data-category"), await link.getAttribute("data-category"));
    await page.locator("#comparison a[data-change=new]").click();
    const changes = await page.locator(".item:visible").evaluateAll((items) => items.map((item) => item.dataset.change));
    assert.ok(changes.length > 0 && changes.every((change) => change === "new"), `broken: ${changes}`);
    await page.locator("#comparison a[data-kind=fixed]").click();
    assert.ok(await page.locator(".group:visible").evaluateAll((all) => all.every((g) => g.dataset.kind === "fixed")));
    await page.locator("#filters [name=overlay]").uncheck();
    assert.equal(await page.locator(".overlay:visible").count(), 0);
    await done();
  },

  async "keys reach everything"() {
    const { page, done } = await open({ reducedMotion: "reduce" });
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "main");
    const ids = await page.locator(".item").evaluateAll((items) => items.map((item) => item.id));
    await page.locator(".open").first().focus();
    for (const [key, at] of [["ArrowRight", 1], ["ArrowRight", 2], ["ArrowLeft", 1], ["End", ids.length - 1], ["Home", 0]]) {
      await page.keyboard.press(key);
      assert.equal(await focused(page), ids[at], key);
    }
    const dialog = page.locator("#box");
    await page.keyboard.press("Enter");
    assert.ok(await dialog.isVisible());
    assert.equal(await page.locator("#box-place").textContent(), `1 of ${ids.length}`);
    assert.ok(await dialog.locator("svg.photo").count() >= 1);
    const title = await page.locator("#box-title").textContent();
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await page.locator("#box-title").textContent(), title);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("#box-title").textContent(), title, "before the first there is none");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Escape");
    assert.ok(!await dialog.isVisible());
    // A dialog says that it was closed in a task of its own, which need not have run yet.
    await settled(async () => assert.equal(await focused(page), ids[1], "back at the picture that was enlarged last"));
    await done();
  },

  async "without scripts the page is whole"() {
    const { page, done } = await open({ javaScriptEnabled: false });
    await shot(page, "no-scripts");
    for (const id of ["#filters", "#theme"]) assert.ok(!await page.locator(id).isVisible(), `${id} would do nothing`);
    for (const part of [".wide tbody tr", ".card .plot", ".heat td", ".item .photo"]) {
      assert.ok(await page.locator(part).first().isVisible(), part);
    }
    await page.locator(".item summary").first().click();
    assert.ok(await page.locator(".item details[open] .twin .photo").first().isVisible(), "the twin");
    await done();
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
