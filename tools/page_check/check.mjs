// Opens a report page in a headless Chromium and looks at all of it: pages, figures in every state of their switches,
// tables. Usage: node check.mjs PAGE.html RUNS PICTURE.png CHROMIUM MODULES
// Leaves PICTURE.png of the page on a wide screen and PICTURE-phone.png. Exit code 1 and a line for each fault.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expectedCounts } from './expected.mjs';
import { checkFigure, drawnPoints } from './figures.mjs';
import { checkTable } from './tables.mjs';

const [page, runs, picture, executablePath, modules] = process.argv.slice(2);
const { chromium } = createRequire(resolve(modules) + '/')('playwright-core');
const wide = { width: 1400, height: 900 }, phone = { width: 390, height: 844 };

const faults = [];
const fault = (text) => faults.push(text);
let looking = 'opening the page';
const count = { pages: 0, figures: 0, states: 0, points: 0, tables: 0 };

// A page that tells of everything it complains about or asks the network for.
async function open(browser, viewport) {
  const context = await browser.newContext({ viewport, acceptDownloads: true });
  const tab = await context.newPage();
  const url = pathToFileURL(resolve(page)).href;
  tab.setDefaultTimeout(120000);  // other programs may want the same cores
  tab.on('pageerror', (error) => fault(`error in the page, ${looking}: ${error.message}`));
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) fault(`${message.type()} in the console, ${looking}: ${message.text()}`);
  });
  tab.on('dialog', (dialog) => {
    fault(`the page opened a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  tab.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) fault(`the page loads ${request.url()}`);
  });
  looking = 'opening the page';
  await tab.goto(url);
  await tab.evaluate(() => packratReport.drawn());
  return tab;
}

const pageNames = (tab) =>
  tab.evaluate(() => [...document.querySelectorAll('section.page')].map((p) => p.id.slice('page-'.length)));

// Through its tab, as a reader does; a report of one page has no tabs.
async function show(tab, name) {
  looking = `page ${name}`;
  const link = tab.locator(`nav.tabs a[data-page="${name}"]`);
  if (await link.count()) await link.click();
  await tab.evaluate(() => packratReport.drawn());
  if (!(await tab.locator(`#page-${name}`).isVisible())) fault(`page ${name} does not open`);
  if ((await tab.locator('section.page:visible').count()) !== 1) fault(`with ${name} other pages are open`);
}

async function checkPages(tab) {
  for (const name of await pageNames(tab)) {
    ++count.pages;
    await show(tab, name);
    for (const plot of await tab.locator(`#page-${name} .plot`).all()) {
      const figure = await plot.getAttribute('data-figure');
      looking = `figure ${figure}`;
      const { states, points } = await checkFigure(tab, figure, fault);
      ++count.figures;
      count.states += states;
      count.points += points;
    }
    for (const box of await tab.locator(`#page-${name} .table`).all()) {
      await checkTable(tab, box, fault);
      ++count.tables;
    }
  }
}

// The numbers that follow from the runs, by another way than the program's.
async function checkCounts(tab) {
  const expected = expectedCounts(runs);
  const rows = (table) => tab.locator(`#${table} tbody tr`).count();
  const same = (what, seen, wanted) => seen === wanted || fault(`${what}: ${seen} instead of ${wanted}`);
  same('rows of the table of runs', await rows('runs'), expected.runs);
  same('rows of the table of sparsifications', await rows('sparsifications'), expected.sparsifications);
  await tab.evaluate(() => packratReport.show('memory'));
  if (expected.runs === 0) return;
  for (const [state, wanted] of Object.entries(expected.points)) {
    const [bytes, accuracy] = state.split(' ');
    await tab.evaluate(([b, a]) => packratReport.choose('accuracy-memory', { bytes: b, accuracy: a }), [bytes, accuracy]);
    same(`points of accuracy-memory, ${state}`, await drawnPoints(tab, 'accuracy-memory'), wanted);
    await tab.evaluate(([b, a]) => packratReport.choose('front', { bytes: b, accuracy: a }), [bytes, accuracy]);
    same(`points of front, ${state}`, await drawnPoints(tab, 'front'), wanted);
  }
}

// Nothing may be wider than the screen: a reader would have to scroll sideways.
async function checkWidth(tab, name) {
  for (const page of await pageNames(tab)) {
    await show(tab, page);
    const { wide, screen } = await tab.evaluate(() => ({ wide: document.documentElement.scrollWidth, screen: innerWidth }));
    if (wide > screen) fault(`page ${page} on a ${name}: ${wide} pixels wide on a screen of ${screen}`);
  }
}

async function takePictures(tab, suffix) {
  for (const name of await pageNames(tab)) {
    await show(tab, name);
    const first = name === (await pageNames(tab))[0];
    const file = picture.replace(/(\.png)?$/, `${first ? '' : `-${name}`}${suffix}.png`);
    await tab.screenshot({ path: file, fullPage: true });
  }
}

const args = ['--no-first-run', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])];
const browser = await chromium.launch({ executablePath, args, chromiumSandbox: process.getuid() !== 0 });
try {
  const tab = await open(browser, wide);
  await checkWidth(tab, 'wide screen');
  if (picture) await takePictures(tab, '');
  await checkPages(tab);
  await checkCounts(tab);
  const small = await open(browser, phone);
  await checkWidth(small, 'phone');
  if (picture) await takePictures(small, '-phone');
} finally {
  await browser.close();
}
for (const text of faults.slice(0, 40)) console.error(text);
if (faults.length > 40) console.error(`and ${faults.length - 40} more`);
console.log(`${count.pages} pages, ${count.figures} figures in ${count.states} states with ${count.points} points, ` +
  `${count.tables} tables in Chromium ${browser.version()}: ${faults.length} faults`);
process.exitCode = faults.length ? 1 : 0;
