// Looks at pages in headless Chromium, in light and dark, wide and at 400% zoom (320 CSS pixels), and as printed, and writes one JSON object:
//   { page: { look: { violations: [...], overflow: pixels, requests: [...], errors: [...], background } } }
// Usage: node witness.mjs [--shots DIR] PAGE...      with --shots also pictures and a PDF of each, for people to look at
import { readFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browsers = [process.env.CPIS_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  narrow: { colorScheme: 'light', viewport: { width: 320, height: 640 } },
  'narrow-dark': { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  print: { colorScheme: 'dark', viewport: { width: 718, height: 1000 }, media: 'print' },
};

const args = process.argv.slice(2);
const shots = args[0] === '--shots' ? resolve(args.splice(0, 2)[1]) : null;
const executablePath = browsers.find((b) => b && existsSync(b));
if (!executablePath) {
  console.error('No Chromium was found: install it, or name it in CPIS_CHROMIUM.');
  process.exit(3);
}

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});
const result = {};
for (const page of args) {
  const url = pathToFileURL(resolve(page)).href;
  // As it is first: what its own policy blocks, and what it asks for. The policy is set aside below only so that axe can be put in.
  result[page] = { plain: await visit(url, 'plain', looks.light, async () => ({})) };
  for (const [name, look] of Object.entries(looks)) {
    result[page][name] = await visit(url, name, look, judge);
  }
}
await browser.close();
console.log(JSON.stringify(result));

async function visit(url, name, look, then) {
  const context = await browser.newContext({ colorScheme: look.colorScheme, viewport: look.viewport, bypassCSP: name !== 'plain', offline: true });
  const requests = [];
  const errors = [];
  try {
    const tab = await context.newPage();
    tab.on('request', (r) => { if (r.url() !== url) requests.push(r.url()); });
    tab.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') errors.push(m.text()); });
    tab.on('pageerror', (e) => errors.push(String(e)));
    await tab.goto(url, { waitUntil: 'load' });
    if (look.media) {
      await tab.emulateMedia({ media: look.media, colorScheme: look.colorScheme });
    }
    if (shots && name !== 'plain') {
      mkdirSync(shots, { recursive: true });
      const file = join(shots, `${basename(new URL(url).pathname, '.html')}-${name}`);
      await tab.screenshot({ path: `${file}.png`, fullPage: true });
      if (look.media) {
        await tab.pdf({ path: `${file}.pdf`, preferCSSPageSize: true });
      }
    }
    const background = await tab.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const overflow = await tab.evaluate(tooWide);
    return { background, overflow, ...(await then(tab)), requests, errors };
  } finally {
    await context.close();
  }
}

async function judge(tab) {
  // What is folded away must be readable too once it is opened.
  await tab.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  await tab.evaluate(axe);
  const found = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return {
    violations: found.violations.map((v) => `${v.id} (${v.impact}): ${v.help} at ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`),
    passes: found.passes.length,
    overflowOpen: await tab.evaluate(tooWide),
  };
}

function tooWide() {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}
