// The charts as a table, for whoever cannot see them: at most some fifty rows, each the mean or sum of a stretch.

const ROWS = 48;

export function drawTable(place, plots, data, [since, until], timeZone) {
  const step = (until - since) / ROWS;
  const columns = plots.flatMap((plot) => plot.bars ? plot.bars.map(([name, words]) => ({ name, words: `${plot.title}: ${words}`, isSum: true })) : plot.share ? [] : plot.curves.map(([name, , unit]) => ({ name, words: `${plot.title}, ${unit}` })));
  const table = document.createElement("table");
  table.className = "facts__table";
  const head = table.createTHead().insertRow();
  for (const words of ["From", ...columns.map((column) => column.words)]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = words;
    head.append(cell);
  }
  const body = table.createTBody();
  for (let row = 0; row < ROWS; row += 1) {
    const from = since + row * step, to = from + step;
    const found = columns.map((column) => of(column, data, from, to));
    if (found.every((value) => value === null)) continue;
    const line = body.insertRow();
    line.insertCell().textContent = new Date(from * 1000).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone });
    for (const value of found) line.insertCell().textContent = value === null ? "no report" : String(Math.round(value * 10) / 10);
  }
  place.replaceChildren(table);
}

function of({ name, isSum }, data, from, to) {
  const times = isSum ? data.bars.t : data.t, values = isSum ? data.bars[name] : data.curves[name]?.value;
  let total = 0, count = 0;
  for (let index = firstFrom(times, from); index < times.length && times[index] < to; index += 1) {
    if (values?.[index] === null || values?.[index] === undefined) continue;
    total += values[index];
    count += 1;
  }
  return count ? (isSum ? total : total / count) : null;
}

function firstFrom(times, from) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < from) low = middle + 1; else high = middle;
  }
  return low;
}
