// A figure as a browser shows it: what is drawn in each state, and whether it can be read.

/** Markers that Plotly has drawn in a figure. */
export const drawnPoints = (tab, name) =>
  tab.evaluate((n) => document.querySelectorAll(`#plot-${n} .scatterlayer .points path.point`).length, name);

// All choices of the switches: [{bytes: 'measured', accuracy: 'final'}, ...].
const choicesOf = (switches) => switches.reduce(
  (all, s) => all.flatMap((choice) => s.choices.map((c) => ({ ...choice, [s.name]: c }))), [{}]);

// What the page's data say of the present state, and what stands there.
const lookAt = (tab, name) => tab.evaluate((n) => {
  const figure = packratReport.figures.get(n), plot = document.getElementById(`plot-${n}`);
  const state = figure.switches.reduce((at, s, i) => at * s.choices.length + figure.choice[i], 0);
  const traces = figure.traces.map((t) => ({ ...t.style, ...t.states[t.states.length === 1 ? 0 : state] }));
  const markers = traces.filter((t) => t.type === 'scatter' && /markers/.test(t.mode));
  const shown = (t) => t.x.filter((x, i) => x !== null && t.y[i] !== null).length;
  const texts = (selector) => [...plot.querySelectorAll(selector)].map((e) => e.textContent);
  const axes = Object.keys(plot._fullLayout).filter((key) => /^[xy]axis\d*$/.test(key));
  return {
    points: markers.reduce((sum, t) => sum + shown(t), 0),
    data: JSON.stringify(traces.map((t) => [t.x, t.y])),
    drawn: JSON.stringify(plot.data.map((t) => [t.x, t.y])),
    titles: texts('.xtitle, .ytitle, .x2title, .y2title, .annotation-text'),
    ranges: axes.map((key) => [key, figure.axes[state][key]?.range, [...plot._fullLayout[key].range]]),
  };
}, name);

// Texts that lie over each other or beyond the edge. Neighbours along one axis, the legend's entries, titles.
const unreadable = (tab, name) => tab.evaluate((n) => {
  const plot = document.getElementById(`plot-${n}`), edge = plot.getBoundingClientRect(), faults = [];
  // A slanting text's box is much larger than the text: two that slant alike lie on parallel lines.
  const numbers = (e, call) => RegExp(`${call}\\(([^)]*)\\)`).exec(e.getAttribute('transform') ?? '')?.[1].split(/[ ,]+/).map(Number);
  const slope = (e) => {
    const [angle, x, y] = numbers(e, 'rotate') ?? [0, 0, 0], [right, down] = numbers(e, 'translate') ?? [0, 0];
    if (angle % 90 === 0) return null;
    return { angle: angle * Math.PI / 180, x: x + right, y: y + (down || 0), height: parseFloat(getComputedStyle(e).fontSize) };
  };
  const apartLines = (a, b) => a && b && a.angle === b.angle &&
    Math.abs((b.x - a.x) * Math.sin(a.angle) - (b.y - a.y) * Math.cos(a.angle)) >= 0.9 * a.height;
  const boxes = (root, selector) => [...root.querySelectorAll(selector)]
    .map((e) => ({ text: e.textContent, box: e.getBoundingClientRect(), slope: slope(e) })).filter(({ text, box }) => text && box.width);
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const apart = (what, list) => list.forEach((a, i) => list.slice(i + 1).forEach((b) => {
    if (overlap(a.box, b.box) && !apartLines(a.slope, b.slope)) faults.push(`${what} "${a.text}" and "${b.text}" overlap`);
  }));
  const ticks = [...new Set([...plot.querySelectorAll('.xtick, .ytick, [class*="tick"]')].map((e) => e.parentNode))];
  for (const axis of ticks) apart('ticks', boxes(axis, ':scope > [class*="tick"] > text'));
  const titles = boxes(plot, '[class*="title"] text, text[class*="title"], .annotation-text');
  apart('titles', titles);
  const tickTexts = boxes(plot, '[class*="tick"] > text');
  for (const title of titles) for (const tick of tickTexts)
    if (overlap(title.box, tick.box)) faults.push(`title "${title.text}" lies over the tick "${tick.text}"`);
  const legend = plot.querySelector('.legend')?.getBoundingClientRect();
  if (legend) for (const frame of plot.querySelectorAll('.cartesianlayer .subplot .bglayer, .plot > rect.bg, .bglayer rect.bg'))
    if (overlap(legend, frame.getBoundingClientRect())) faults.push('the legend lies over a panel');
  for (const { text, box } of boxes(plot, 'text'))
    if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
      faults.push(`"${text}" is cut off at the edge`);
  return [...new Set(faults)];
}, name);

// Clicks the radio buttons, as a reader does, and waits until the figure is drawn.
async function turn(tab, name, choice) {
  for (const [key, value] of Object.entries(choice)) {
    const input = tab.locator(`input[name="${name}.${key}"][value="${value}"]`);
    if (!(await input.isChecked())) await input.click();
  }
  await tab.evaluate((n) => packratReport.figures.get(n).drawing, name);
}

const close = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

function checkState(where, seen, choice, marks, fault) {
  if (seen.drawn !== seen.data) fault(`${where}: other data are drawn than the page holds`);
  if (marks !== seen.points) fault(`${where}: ${marks} markers are drawn for ${seen.points} points`);
  for (const [axis, wanted, drawn] of seen.ranges)
    if (wanted && !wanted.every((end, i) => close(end, drawn[i]))) fault(`${where}: ${axis} shows ${drawn} instead of ${wanted}`);
  for (const title of seen.titles)
    if (/[{}]/.test(title)) fault(`${where}: the title "${title}" names no choice`);
}

/** Turns every switch of a figure and looks at each state. Returns how many states, and how many points in all. */
export async function checkFigure(tab, name, fault) {
  const switches = await tab.evaluate((n) => packratReport.figures.get(n).switches, name);
  await tab.locator(`#plot-${name}`).scrollIntoViewIfNeeded();
  const seen = [];
  for (const choice of choicesOf(switches)) {
    const where = `figure ${name} ${Object.entries(choice).map((c) => c.join('=')).join(' ')}`.trim();
    await turn(tab, name, choice);
    const state = await lookAt(tab, name);
    checkState(where, state, choice, await drawnPoints(tab, name), fault);
    for (const text of await unreadable(tab, name)) fault(`${where}: ${text}`);
    seen.push({ choice, ...state });
  }
  for (const s of switches) {
    const first = seen.find(({ choice }) => choice[s.name] === s.choices[0]);
    const other = seen.find(({ choice }) => choice[s.name] === s.choices[1]);
    if (other && first.data === other.data && first.titles.join() === other.titles.join())
      fault(`figure ${name}: the switch ${s.name} changes nothing`);
  }
  return { states: seen.length, points: seen.reduce((sum, { points }) => sum + points, 0) };
}
