// Somebody who looks at the dashboard: one page of Debian's Chromium, on which everything that may not happen is
// watched: an error on the console, a breach of the CSP, a call to another host. close() fails the test for any.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--enable-precise-memory-info', '--js-flags=--expose-gc'];
let launched;
const browser = () => (launched ??= chromium.launch({ executablePath: process.env.KGW_CHROMIUM ?? '/usr/bin/chromium', args: flags }));
after(async () => { if (launched) await (await launched).close(); });

// What Chromium writes for an answer that is an error; the page tells it to the person, so it may be on the console.
const REFUSED = /^Failed to load resource: the server responded with a status of (4\d\d|503)/;

export class Visitor {
  faults = [];
  allowed = [];

  // url: of the gateway. key: logs in with it. hash: where to.
  static async open(url, { key, hash = '', width = 1440, height = 900, language = 'en', theme = 'light', settled = true } = {}) {
    const visitor = new Visitor();
    visitor.url = url;
    const context = await (await browser()).newContext({ viewport: { width, height }, locale: language, colorScheme: theme, acceptDownloads: true });
    context.setDefaultTimeout(60000);
    const page = visitor.page = await context.newPage();
    await page.exposeFunction('kgwBreach', (text) => visitor.faults.push(`CSP: ${text}`));
    await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => window.kgwBreach(`${event.violatedDirective} ${event.blockedURI}`)));
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) visitor.faults.push(`console: ${message.text()}`); });
    page.on('pageerror', (error) => visitor.faults.push(`exception: ${error.stack}`));
    page.on('dialog', (dialog) => { visitor.faults.push(`a box popped up: ${dialog.message()}`); void dialog.dismiss(); });
    page.on('request', (request) => { if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) visitor.faults.push(`called ${request.url()}`); });
    await page.goto(`${url}/dashboard`);
    if (key) await visitor.logIn(key);
    if (hash) await visitor.go(hash);
    if (settled && key) await visitor.live();
    return visitor;
  }
  async logIn(key) {
    const field = this.page.locator('input[type=password]'), asked = this.button('Log in').or(this.button('Войти'));
    await asked.first().waitFor();
    if (!await field.isVisible()) await asked.click();  // let in without a key, to look
    await field.fill(key);
    await this.page.locator('form button[type=submit]').click();
    await this.page.locator('main h1').waitFor();
    await this.page.locator('nav').waitFor();
  }
  // A list holds still while the mouse is over it: whoever goes elsewhere takes the mouse along.
  async go(hash) {
    await this.leave();
    await this.page.evaluate((to) => { location.hash = to; }, hash);
  }
  leave() { return this.page.mouse.move(0, 0); }
  // The first snapshot of the event stream is on the screen.
  live() { return this.page.locator('.health .badge').waitFor(); }

  button(name, options = {}) { return this.page.getByRole('button', { name, exact: true, ...options }); }
  field(label) { return this.page.getByLabel(label, { exact: true }); }
  // The uppermost dialog or drawer.
  get dialog() { return this.page.locator('dialog[open]').last(); }
  row(text) { return this.page.locator('.body [role=row]').filter({ hasText: text }); }
  see(text, options) { return this.page.getByText(text, options).first().waitFor(); }
  // The text of a file that a click downloads.
  async download(click) {
    const [file] = await Promise.all([this.page.waitForEvent('download'), click()]);
    return { name: file.suggestedFilename(), text: fs.readFileSync(await file.path(), 'utf8') };
  }

  async axe(what) {
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html} (${node.any.map((one) => one.message).join('; ')})`).join(' | ')}`);
    assert.deepEqual(found, [], `axe at ${what}`);
  }
  async noSidewaysScroll(what) {
    const { wide, room } = await this.page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth }));
    assert.ok(wide <= room, `${what}: the page is ${wide} wide and has ${room}`);
  }

  allow(pattern) { this.allowed.push(pattern); }
  check() { assert.deepEqual(this.faults.filter((fault) => !REFUSED.test(fault.replace('console: ', '')) && !this.allowed.some((pattern) => pattern.test(fault))), []); }
  async close() {
    this.check();
    await this.page.context().close();
  }
}
