// Opens reports in headless Chromium as a reader does, and fails where one is not what it should be.
//
// Usage: NODE_PATH=… node browser.cjs SHOTS REPORT.html…   (needs puppeteer-core and axe-core; CHROMIUM names the browser)
//
// Of each report: no request but the file itself, no word on the console, nothing wider than the window at 1280 and 390
// pixels, no violation of WCAG 2.2 A and AA that axe finds, a picker that picks, shapes that tell their value to pointer
// and keyboard, tables that sort, A4 pages in print, and all of it readable without scripts. Tables are tables to those who
// listen, on a phone as well, and what does not fit can be reached with the keyboard. The section on actors stands on its
// own: every disc of its map has a row with its number. Pictures go to SHOTS.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const axe = require("axe-core");
const puppeteer = require("puppeteer-core");

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const [shots, ...reports] = process.argv.slice(2);
assert.ok(reports.length > 0, "usage: browser.cjs SHOTS REPORT.html…");
fs.mkdirSync(shots, { recursive: true });

async function open(browser, file, viewport, scripts = true) {
  const page = await browser.newPage();
  const seen = { requests: [], messages: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => seen.messages.push(message.text()));
  page.on("pageerror", (error) => seen.messages.push(String(error)));
  await page.setViewport(viewport);
  await page.setJavaScriptEnabled(scripts);
  const address = pathToFileURL(path.resolve(file)).href;
  await page.goto(address, { waitUntil: "load" });
  await page.evaluate(() => document.fonts.ready.then(() => true)).catch(() => true);
  return { page, seen, address };
}

function loadsNothingElse({ seen, address }) {
  const foreign = seen.requests.filter((url) => url !== address && !url.startsWith("data:"));
  assert.deepEqual(foreign, [], "requests other than the file itself");
  assert.deepEqual(seen.messages, [], "messages on the console");
}

async function fits(page, what) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${what}: ${content} px wide in a window of ${window}`);
}

async function isAccessible(page, what, within = "html") {
  await page.evaluate(axe.source);
  const found = await page.evaluate((within, rules) => axe.run(within, { runOnly: rules }), within, RULES);
  const told = found.violations.map(
    (rule) => `${rule.id}: ${rule.help} (${rule.nodes.length}): ${rule.nodes[0].html.slice(0, 160)}`,
  );
  assert.deepEqual(told, [], `${what}: violations`);
  return found.passes.length;
}

const shownMaps = (page) =>
  page.$$eval(".map", (maps) => maps.filter((map) => map.checkVisibility()).map((map) => map.id));

async function picks(page) {
  const ids = await page.$$eval("#indicator option", (options) => options.map((option) => option.value));
  assert.ok(ids.length > 1, "the picker has indicators");
  assert.deepEqual(await shownMaps(page), [ids[0]]);
  await page.select("#indicator", ids[1]);
  assert.deepEqual(await shownMaps(page), [ids[1]]);
  await page.select("#indicator", ids[0]);
}

async function tells(page) {
  const told = () => page.$eval(".map:not([hidden]) .told", (line) => line.textContent);
  const labels = await page.$$eval(".map:not([hidden]) .large .unit", (units) =>
    units.map((unit) => unit.getAttribute("aria-label")),
  );
  await page.$eval(".map:not([hidden]) .large .unit[tabindex='0']", (unit) => unit.focus());
  assert.equal(await told(), labels[0], "focus tells the first value");
  await page.keyboard.press("ArrowRight");
  assert.equal(await told(), labels[1 % labels.length], "an arrow key goes on to the next");
  await page.keyboard.press("End");
  assert.equal(await told(), labels.at(-1));
  await page.evaluate(() => document.activeElement.blur());
  const invitation = await told();
  assert.ok(!labels.includes(invitation), "nothing is told any more");
  const row = await page.$(".map:not([hidden]) tbody tr");
  await row.scrollIntoView();
  await row.hover();
  assert.ok(labels.includes(await told()), "a pointer on a row tells its value");
}

async function sorts(page) {
  const values = () =>
    page.$$eval(".map:not([hidden]) tbody td[data-sort]", (cells) => cells.map((cell) => Number(cell.dataset.sort)));
  const head = ".map:not([hidden]) thead th:nth-child(3) button";
  const sorted = (await values()).sort((a, b) => a - b);
  await page.click(head);
  assert.deepEqual(await values(), sorted, "lowest first");
  await page.click(head);
  assert.deepEqual(await values(), sorted.reverse(), "highest first");
  const stated = await page.$eval(".map:not([hidden]) thead th:nth-child(3)", (head) => head.getAttribute("aria-sort"));
  assert.equal(stated, "descending");
}

// What the browser tells a screen reader: each table with its rows, heads and cells, whatever the layout makes of them.
async function tablesAreTables(page, what) {
  const client = await page.createCDPSession();
  const { nodes } = await client.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const role = (node) => (node.ignored ? "" : node.role?.value ?? "");
  const within = (node) => (node.childIds ?? []).flatMap((id) => {
    const child = byId.get(id);
    return child ? [child, ...within(child)] : [];
  });
  const told = nodes.filter((node) => role(node) === "table").map((table) => {
    const roles = within(table).map(role);
    const count = (...wanted) => roles.filter((found) => wanted.includes(found)).length;
    return [count("row"), count("columnheader", "rowheader", "cell", "gridcell")];
  });
  const shown = await page.$$eval("table", (tables) =>
    tables
      .filter((table) => table.checkVisibility({ contentVisibilityAuto: true }) && !table.closest("details:not([open])"))
      .map((table) => [table.rows.length, [...table.rows].reduce((sum, row) => sum + row.cells.length, 0)]),
  );
  assert.deepEqual(told.map(String).sort(), shown.map(String).sort(), `${what}: tables with their rows and cells`);
  // Where a table is laid out as blocks, its parts say what they are: not every browser keeps that by itself.
  const unsaid = await page.$$eval("table, thead, tbody, tfoot, tr, th, td", (parts) =>
    parts.filter((part) => {
      const display = getComputedStyle(part).display;
      return part.checkVisibility() && !display.startsWith("table") && !part.hasAttribute("role");
    }).length,
  );
  assert.equal(unsaid, 0, `${what}: parts of tables without a role`);
}

// A table wider than its place scrolls within it, by keyboard too.
async function scrollsByKeyboard(page, what) {
  const wide = await page.$$eval(".scroll", (places) =>
    places.filter((place) => place.scrollWidth > place.clientWidth && (place.tabIndex !== 0 || !place.ariaLabel)).length,
  );
  assert.equal(wide, 0, `${what}: places that scroll and cannot be reached`);
}

async function showsActors(page) {
  await isAccessible(page, "actors", "#actors");
  const [discs, numbers] = await page.evaluate(() => [
    [...document.querySelectorAll("#actors .places circle[r='12'] + text")].map((text) => text.textContent),
    [...document.querySelectorAll("#actors table.actors tbody td.n:first-child")].map((cell) => cell.textContent),
  ]);
  assert.deepEqual(discs, numbers.filter((number) => /^[0-9]+$/.test(number)), "discs and rows");
  const words = await page.$eval("#actors", (section) => section.querySelectorAll("p, table").length);
  assert.ok(words > 0, "the section says something");
  return discs.length;
}

async function printsOnA4(page, file) {
  const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, printBackground: true }));
  fs.writeFileSync(file, pdf);
  const boxes = [...pdf.toString("latin1").matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/g)];
  assert.ok(boxes.length > 1, "pages");
  for (const [, width, height] of boxes) {
    // 210 × 297 mm in points.
    assert.ok(Math.abs(width - 595.3) < 1 && Math.abs(height - 841.9) < 1, `a page of ${width} × ${height}`);
  }
  return boxes.length;
}

async function readsWithoutScripts(browser, file) {
  const opened = await open(browser, file, WIDE, false);
  // Without scripts in the page, the protocol itself still asks.
  const client = await opened.page.createCDPSession();
  const { root } = await client.send("DOM.getDocument", { depth: 0 });
  const find = async (selector) =>
    (await client.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector })).nodeIds.length;
  assert.ok((await find(".map")) > 1 && (await find(".map[hidden]")) === 0, "every map is shown");
  assert.equal(await find(".picker[hidden]"), 1, "no picker that cannot pick");
  loadsNothingElse(opened);
  await opened.page.close();
}

async function check(browser, file) {
  const name = path.basename(file, ".html") + "_" + path.basename(path.dirname(file));
  const wide = await open(browser, file, WIDE);
  const lang = await wide.page.$eval("html", (html) => html.lang);
  assert.ok(["sv", "en"].includes(lang));
  await fits(wide.page, "wide");
  await wide.page.screenshot({ path: path.join(shots, `${name}_wide.png`), fullPage: true });
  const passes = await isAccessible(wide.page, "wide");
  await picks(wide.page);
  await tells(wide.page);
  await sorts(wide.page);
  await tablesAreTables(wide.page, "wide");
  const actors = await showsActors(wide.page);
  const pages = await printsOnA4(wide.page, path.join(shots, `${name}.pdf`));
  loadsNothingElse(wide);
  await wide.page.close();

  const phone = await open(browser, file, PHONE);
  await fits(phone.page, "phone");
  await isAccessible(phone.page, "phone");
  await tablesAreTables(phone.page, "phone");
  await scrollsByKeyboard(phone.page, "phone");
  for (const [part, selector] of [["map", ".map:not([hidden]) figure"], ["actors", "#actors"]]) {
    const element = await phone.page.$(selector);
    await element.screenshot({ path: path.join(shots, `${name}_${part}_phone.png`) });
  }
  await phone.page.screenshot({ path: path.join(shots, `${name}_phone.png`), fullPage: true });
  loadsNothingElse(phone);
  await phone.page.close();

  await readsWithoutScripts(browser, file);
  const size = (fs.statSync(file).size / 1e6).toFixed(2);
  console.log(`${name}: ${lang}, ${size} MB, ${pages} pages of A4, ${actors} actors on the map, ${passes} rules passed, no violation`);
}

(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"];
  const browser = await puppeteer.launch({ executablePath, args });
  let faults = 0;
  for (const file of reports) {
    try {
      await check(browser, file);
    } catch (error) {
      faults += 1;
      console.error(`${file}: ${error.message}`);
    }
  }
  await browser.close();
  process.exit(faults > 0 ? 1 : 0);
})();
