// A table as a reader uses it: sorted by each column both ways, filtered, saved.
import { readFileSync } from 'node:fs';

const rowsOf = (box) => box.locator('tbody tr').evaluateAll((rows) =>
  rows.filter((row) => !row.hidden).map((row) => [...row.cells].map((cell) => cell.dataset.v)));

// Empty cells last, numbers by value, texts as a person orders them.
function isSorted(values, number, descending) {
  const filled = values.filter((value) => value !== '');
  if (values.slice(0, filled.length).includes('')) return false;
  const sign = descending ? -1 : 1;
  const order = (a, b) => (number ? Number(a) - Number(b) : a.localeCompare(b, 'en', { numeric: true }));
  return filled.every((value, i) => i === 0 || sign * order(filled[i - 1], value) <= 0);
}

async function checkSorting(box, name, fault) {
  const headings = await box.locator('thead th').all();
  for (const [column, heading] of headings.entries())
    for (const direction of ['ascending', 'descending']) {
      await heading.locator('button').click();
      if ((await heading.getAttribute('aria-sort')) !== direction) fault(`table ${name}, column ${column}: not ${direction}`);
      const number = (await heading.getAttribute('class')).split(' ').includes('n');
      const values = (await rowsOf(box)).map((row) => row[column]);
      if (!isSorted(values, number, direction === 'descending')) fault(`table ${name}: column ${column} is not sorted ${direction}`);
    }
}

// The text of a cell in the middle has to leave its own row, and no row without it.
async function checkFilter(box, name, fault) {
  const rows = await rowsOf(box), middle = rows[Math.floor(rows.length / 2)];
  const word = middle.find((cell) => cell !== '').split(/\s+/)[0].toLowerCase();
  const all = await box.locator('tbody tr').evaluateAll((list) => list.map((row) => row.textContent.toLowerCase()));
  const wanted = all.filter((text) => text.includes(word)).length;
  await box.locator('input[type=search]').fill(word.toUpperCase());
  const left = await box.locator('tbody tr:visible').count(), told = await box.locator('.count').textContent();
  if (left !== wanted) fault(`table ${name}: the filter "${word}" leaves ${left} rows instead of ${wanted}`);
  if (told !== `${wanted} of ${all.length} rows`) fault(`table ${name}: says "${told}" of ${wanted} in ${all.length}`);
  await box.locator('input[type=search]').fill('no row holds these words');
  if (await box.locator('tbody tr:visible').count()) fault(`table ${name}: the filter leaves rows without its words`);
  await box.locator('input[type=search]').fill('');
}

// As many lines as rows, unless a cell holds one.
async function checkSaving(tab, box, name, fault) {
  const [download] = await Promise.all([tab.waitForEvent('download'), box.locator('.save').click()]);
  const text = readFileSync(await download.path(), 'utf8');
  if (download.suggestedFilename() !== `${name}.csv`) fault(`table ${name} is saved as ${download.suggestedFilename()}`);
  const lines = text.split('\r\n').length - 2, rows = (await rowsOf(box)).length;
  if (lines !== rows) fault(`table ${name}: ${lines} lines are saved for ${rows} rows`);
}

/** Everything a reader can do with a table. */
export async function checkTable(tab, box, fault) {
  const name = await box.locator('table').getAttribute('id');
  await checkSorting(box, name, fault);
  await checkFilter(box, name, fault);
  await checkSaving(tab, box, name, fault);
}
