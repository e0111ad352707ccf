// Draws the figures of a report, turns their switches, and sorts and filters its tables.
// window.packratReport gives scripts the same: figures by name, choose(name, {switch: choice}), show(page), csv(table),
// and drawn(), a promise of the page that is shown.
'use strict';
(() => {
  const figures = new Map();
  for (const figure of JSON.parse(document.getElementById('figures').textContent)) {
    figure.choice = figure.switches.map(() => 0);
    figures.set(figure.name, figure);
  }

  // The number of the state that the present choices make; the last switch changes fastest.
  const stateOf = (figure) =>
    figure.switches.reduce((state, s, i) => state * s.choices.length + figure.choice[i], 0);

  const titleOf = (figure, text) =>
    figure.switches.reduce((t, s, i) => t.replaceAll(`{${s.name}}`, s.choices[figure.choice[i]]), text);

  const tracesOf = (figure) => figure.traces.map((trace) => {
    const points = trace.states.length === 1 ? trace.states[0] : trace.states[stateOf(figure)];
    return { ...structuredClone(trace.style), ...structuredClone(points) };
  });

  // Below this width of a figure its legend stands under it.
  const narrow = 700;

  function layoutOf(figure, width) {
    const layout = structuredClone(figure.layouts.find((l) => width >= l.min_width).layout), state = stateOf(figure);
    layout.uirevision = 'kept';  // what the reader hid stays hidden; a zoom belongs to the state it was made in
    for (const [name, axis] of Object.entries(figure.axes[state]))
      Object.assign(layout[name], structuredClone(axis), { uirevision: state });
    for (const [name, part] of Object.entries(layout))
      if (/^[xy]axis/.test(name)) part.title.text = titleOf(figure, part.title.text);
    for (const annotation of layout.annotations) annotation.text = titleOf(figure, annotation.text);
    if (width < narrow)
      Object.assign(layout.legend, { orientation: 'h', x: 0, y: 0, yref: 'container', yanchor: 'bottom' });
    return layout;
  }

  // Makes room for a legend under the figure, or for one that is longer than the figure: Plotly knows its height
  // only once it is drawn.
  function fitLegend(place, layout) {
    const entries = place.querySelector('.legend .scrollbox');
    if (!entries) return null;
    const below = layout.legend.orientation === 'h', height = entries.getBBox().height + 12;
    const room = below ? layout.height + height : Math.max(layout.height, height + layout.margin.t + 8);
    if (room === layout.height) return null;
    const margin = below ? { ...layout.margin, b: layout.margin.b + height } : layout.margin;
    return Plotly.relayout(place, { height: room, margin });
  }

  function draw(figure) {
    const place = document.getElementById(`plot-${figure.name}`), layout = layoutOf(figure, place.clientWidth);
    const config = {
      responsive: true, displaylogo: false, modeBarButtonsToRemove: ['lasso2d', 'select2d', 'autoScale2d'],
      toImageButtonOptions: { format: 'svg', filename: figure.name },
    };
    figure.width = place.clientWidth;
    figure.drawing = Plotly.react(place, tracesOf(figure), layout, config).then(() => fitLegend(place, layout));
    return figure.drawing;
  }

  // Another width can take another arrangement. Figures in hidden tabs are drawn again when they are shown.
  let resizing;
  addEventListener('resize', () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => drawWhatChanged([...figures.values()].filter((figure) => figure.drawing)), 100);
  });

  function drawWhatChanged(some) {
    const width = (figure) => document.getElementById(`plot-${figure.name}`).clientWidth;
    return Promise.all(some.filter((figure) => width(figure) > 0 && width(figure) !== figure.width).map(draw));
  }

  function choose(name, choices) {
    const figure = figures.get(name);
    for (const [key, choice] of Object.entries(choices)) {
      const at = figure.switches.findIndex((s) => s.name === key);
      figure.choice[at] = figure.switches[at].choices.indexOf(choice);
      const input = document.querySelector(`input[name="${name}.${key}"][value="${choice}"]`);
      input.checked = true;
    }
    return draw(figure);
  }

  for (const input of document.querySelectorAll('.switches input'))
    input.addEventListener('change', () => {
      const [name, key] = input.name.split('.');
      choose(name, { [key]: input.value });
    });

  // A figure in a hidden tab has no width: it is drawn when its tab is shown.
  function show(pageName) {
    for (const page of document.querySelectorAll('section.page')) page.hidden = page.id !== `page-${pageName}`;
    for (const tab of document.querySelectorAll('nav.tabs a'))
      tab.setAttribute('aria-selected', String(tab.dataset.page === pageName));
    const plots = document.querySelectorAll(`#page-${CSS.escape(pageName)} .plot`);
    return drawWhatChanged([...plots].map((plot) => figures.get(plot.dataset.figure)));
  }

  const pages = [...document.querySelectorAll('section.page')].map((page) => page.id.slice('page-'.length));
  // A link names a page or something on one.
  function pageOf(hash) {
    const target = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    const page = target && target.closest('section.page');
    return page ? page.id.slice('page-'.length) : pages[0];
  }
  let shown = show(pageOf(location.hash));
  addEventListener('hashchange', () => {
    shown = show(pageOf(location.hash));
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) shown.then(() => target.scrollIntoView());
  });

  // Empty cells come last, whichever way the column is sorted.
  function compare(a, b, number, sign) {
    if (a === '' || b === '') return (a === '') - (b === '');
    return sign * (number ? Number(a) - Number(b) : a.localeCompare(b, 'en', { numeric: true }));
  }

  function sortBy(table, column, heading) {
    const ascending = heading.getAttribute('aria-sort') !== 'ascending';
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
    const number = heading.classList.contains('n'), key = (row) => row.cells[column].dataset.v;
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => compare(key(a), key(b), number, ascending ? 1 : -1));
    table.tBodies[0].append(...rows);
  }

  // A row stays when it holds every word.
  function filter(table, words, count) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
      left += !row.hidden;
    }
    count.textContent = `${left} of ${table.tBodies[0].rows.length} rows`;
  }

  function csv(table) {
    const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden)
      .map((row) => [...row.cells].map((cell) => quoted(cell.dataset.v)));
    const heading = [...table.tHead.rows[0].cells].map((cell) => quoted(cell.textContent));
    return [heading, ...rows].map((row) => row.join(',') + '\r\n').join('');
  }

  function save(text, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  for (const box of document.querySelectorAll('.table')) {
    const table = box.querySelector('table'), count = box.querySelector('.count');
    [...table.tHead.rows[0].cells].forEach((heading, column) =>
      heading.querySelector('button').addEventListener('click', () => sortBy(table, column, heading)));
    box.querySelector('input').addEventListener('input', (event) => filter(table, event.target.value, count));
    box.querySelector('.save').addEventListener('click', () => save(csv(table), `${table.id}.csv`));
    filter(table, '', count);
  }

  window.packratReport = { figures, choose, show, csv, drawn: () => shown };
})();
