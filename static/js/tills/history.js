// The history of a merchant's till: charts, the same in words and as a table. Fetched anew each minute while somebody looks.

import { PLOTS, chartsOf } from "../fleet/terminal/charts.js";
import { drawTable } from "../fleet/terminal/table.js";

const AGAIN_MS = 60_000;
const SLOWEST_MS = 240_000;
const root = document.querySelector("[data-till-history]");
const part = (name) => root.querySelector(`[data-${name}]`);
const { kind, zone } = root.dataset;
let range = new URLSearchParams(location.search).get("range") ?? root.dataset.usual;
if (!root.querySelector(`[data-range="${CSS.escape(range)}"]`)) range = root.dataset.usual;
let data = null, shown = null, asked = null, timer = 0, pause = AGAIN_MS;

const charts = chartsOf(part("plots"), kind, {
  colours, edges: () => shown ?? [data.since, data.until], picked: (from, to) => show([from, to]), whole: () => show(null),
  marks: () => ({ alerts: data?.alerts ?? [], commands: data?.commands ?? [] }), zone,
});

function colours() {
  const style = getComputedStyle(root);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    line1: of("--ft-1"), line2: of("--ft-2"), band: `${of("--ft-1")}33`, grid: of("--ft-grid"), soft: of("--ink-soft"),
    critical: of("--ft-critical"), warning: of("--ft-warning"), info: of("--ft-info"), command: of("--ft-command"), on: of("--surface"),
  };
}

/** Show a stretch of what is there; null: all of it. */
function show(edges) {
  shown = edges;
  part("whole").hidden = !edges;
  draw();
}

/** byItself: nobody asked for it, so it keeps nobody signed in. */
async function load(byItself = false) {
  asked?.abort();
  clearTimeout(timer);
  const own = (asked = new AbortController());
  part("plots").setAttribute("aria-busy", "true");
  try {
    const headers = { Accept: "application/json", ...(byItself ? { "Fsa-Background": "1" } : {}) };
    const answer = await fetch(`${root.dataset.tillHistory}?range=${encodeURIComponent(range)}`, { signal: own.signal, credentials: "same-origin", redirect: "error", headers });
    if (!answer.ok) throw new Error(`The platform answered ${answer.status}.`);
    data = await answer.json();
    part("fault").textContent = "";
    pause = AGAIN_MS;
    draw();
  } catch (error) {
    if (error.name === "AbortError") return;
    part("fault").textContent = data ? "No answer from the platform: what stands here may be old. Asking again." : "The history could not be read. Asking again.";
    pause = Math.min(pause * 2, SLOWEST_MS);
  }
  if (own !== asked) return;
  part("plots").setAttribute("aria-busy", "false");
  timer = setTimeout(again, pause);
}

function again() {
  if (document.hidden) timer = setTimeout(again, AGAIN_MS);
  else load(true);
}

function draw() {
  if (!data) return;
  const isEmpty = !data.reports;
  part("none").hidden = !isEmpty;
  part("some").hidden = isEmpty;
  part("span").textContent = isEmpty ? "" : spanWords();
  if (isEmpty) return charts.clear();
  charts.show(data, true);
  part("summary").replaceChildren(...data.summary.map(pair));
  if (part("twin").open) table();
}

function pair([label, words]) {
  const place = document.createElement("div"), name = document.createElement("dt"), value = document.createElement("dd");
  [name.textContent, value.textContent] = [label, words];
  place.append(name, value);
  return place;
}

function spanWords() {
  const each = data.every_s === 0 ? "each report is a point" : data.every_s === 300 ? "five minutes a point" : "an hour a point";
  return `${data.reports.toLocaleString("en-US")} report${data.reports === 1 ? "" : "s"}, ${each}`;
}

function table() {
  drawTable(part("table"), PLOTS[kind], data, shown ?? [data.since, data.until], zone);
  part("table").querySelector("table").className = "table";
}

function pick(button) {
  range = button.dataset.range;
  const address = new URL(location);
  if (range === root.dataset.usual) address.searchParams.delete("range");
  else address.searchParams.set("range", range);
  history.replaceState(null, "", address);
  press();
  show(null);
  load();
}

function press() {
  for (const button of root.querySelectorAll("[data-range]")) button.setAttribute("aria-pressed", String(button.dataset.range === range));
}

const zoomed = (factor) => () => { const [from, to] = shown ?? [data.since, data.until]; const half = Math.max(300, ((to - from) / 2) * factor); within((from + to) / 2 - half, (from + to) / 2 + half); };
const moved = (share) => () => { const [from, to] = shown ?? [data.since, data.until]; within(from + (to - from) * share, to + (to - from) * share); };
const KEYS = { ArrowLeft: moved(-0.25), ArrowRight: moved(0.25), "+": zoomed(0.5), "=": zoomed(0.5), "-": zoomed(2), 0: () => show(null) };

/** Keep to what was fetched. */
function within(from, to) {
  const span = Math.min(to - from, data.until - data.since);
  const start = Math.min(Math.max(from, data.since), data.until - span);
  show(span >= data.until - data.since ? null : [start, start + span]);
}

part("plots").addEventListener("keydown", (event) => {
  if (!data || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
part("whole").addEventListener("click", () => { show(null); part("plots").focus(); });
for (const button of root.querySelectorAll("[data-range]")) button.addEventListener("click", () => pick(button));
part("twin").addEventListener("toggle", () => { if (part("twin").open && data) table(); });
new ResizeObserver(() => charts.resize()).observe(part("plots"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

press();
load();
