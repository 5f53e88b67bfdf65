// The page of one terminal: its history is fetched, its reports come over the live socket, and both stand in the same charts.

import { watchTerminal } from "../watch_one.js";
import { addReport, cut } from "./buffer.js";
import { PLOTS, chartsOf } from "./charts.js";
import { nowOf } from "./now.js";
import { drawTable } from "./table.js";
import { timeWindow } from "./window.js";

const DRAW_MS = 250; // between two pictures, however many reports come
const AGAIN_MS = 5000;

const root = document.querySelector("[data-terminal]");
const part = (name) => root.querySelector(`[data-${name}]`);
const setup = JSON.parse(root.dataset.terminal);
const aheadMs = setup.server_ms - Date.now();
let socket, data = null, asked = null, dirty = false, retry;

const serverNowMs = () => (socket ? socket.serverNow() : Date.now() + aheadMs);
const shown = timeWindow(root.dataset.usual, () => serverNowMs() / 1000, () => { press(); load(); });
const now = nowOf(root, setup, serverNowMs);
const charts = chartsOf(part("plots"), setup.kind, {
  colours, edges: () => shown.edges(), picked: (from, to) => shown.show(from, to), whole: () => shown.whole(),
  marks: () => ({ alerts: data?.alerts ?? [], commands: data?.commands ?? [] }),
});

function colours() {
  const style = getComputedStyle(root);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    line1: of("--ft-1"), line2: of("--ft-2"), band: `${of("--ft-1")}33`, grid: of("--ft-grid"), soft: of("--fact-soft"), critical: of("--ft-critical"),
    warning: of("--ft-warning"), info: of("--ft-info"), command: of("--ft-command"), on: document.documentElement.classList.contains("dark") ? "#10151d" : "#ffffff",
  };
}

/** byItself: nobody asked for it, so it keeps nobody signed in. */
async function load(byItself = false) {
  asked?.abort();
  clearTimeout(retry);
  const own = (asked = new AbortController());
  part("plots").classList.add("is-loading");
  part("plots").setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${root.dataset.history}?${shown.query()}`, { signal: own.signal, credentials: "same-origin", headers: { Accept: "application/json", ...(byItself ? { "Fsa-Background": "1" } : {}) } });
    if (!answer.ok) throw new Error(answer.status === 401 ? "You are signed out: open this page again." : `The server answered ${answer.status}.`);
    data = await answer.json();
    part("fault").hidden = true;
    draw(true);
  } catch (error) {
    if (error.name === "AbortError") return;
    part("fault").textContent = `The history could not be read. ${error.message} Trying again by itself.`;
    part("fault").hidden = false;
    retry = setTimeout(load, AGAIN_MS, true);
  } finally {
    if (own === asked) {
      part("plots").classList.remove("is-loading");
      part("plots").setAttribute("aria-busy", "false");
    }
  }
}

function draw(isNew) {
  const [since, until] = shown.edges();
  const isEmpty = !data.t.length;
  part("none").hidden = !isEmpty;
  part("legend").hidden = part("twin").hidden = isEmpty;
  part("span").textContent = spanWords(since, until);
  if (isEmpty) {
    charts.clear();
    const never = !setup.heard_ms && !data.reports;
    part("none-title").textContent = never ? "Never reported" : "No data in this range";
    part("none-text").textContent = never
      ? "Nothing has come from this terminal yet. Once it is enrolled, switched on and connected, its values appear here by themselves."
      : "No report was measured in this time. Choose a longer range, or move to when it was last heard.";
    return;
  }
  const began = performance.now();
  charts.show(data, isNew);
  // What it took until the picture stood, for whoever looks with the browser's tools: the library draws after this function.
  if (isNew) requestAnimationFrame(() => setTimeout(() => performance.measure("terminal-charts", { start: began, end: performance.now(), detail: { points: data.t.length } })));
  if (isNew && part("twin").open) drawTable(part("table"), PLOTS[setup.kind], data, shown.edges());
}

function spanWords(since, until) {
  const of = (seconds) => new Date(seconds * 1000).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const each = data.every_s === 0 ? "every report" : data.every_s === 300 ? "five minutes a point" : "an hour a point";
  return `${of(since)} to ${shown.isLive ? "now" : of(until)} · ${each} · ${data.reports.toLocaleString("en-US")} report${data.reports === 1 ? "" : "s"}`;
}

function press() {
  for (const button of root.querySelectorAll("[data-range]")) button.setAttribute("aria-pressed", String(shown.isLive && button.dataset.range === shown.range));
}

function heard(report) {
  now.take(report);
  setup.heard_ms ||= report.received_ms;
  if (data && shown.isLive) addReport(data, report, setup.every_s * setup.gap);
  dirty = true;
}

const KEYS = { ArrowLeft: () => shown.move(-0.25), ArrowRight: () => shown.move(0.25), "+": () => shown.zoom(0.5), "=": () => shown.zoom(0.5), "-": () => shown.zoom(2), 0: () => shown.whole() };

part("plots").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
for (const button of root.querySelectorAll("[data-range]")) button.addEventListener("click", () => shown.pick(button.dataset.range));
part("twin").addEventListener("toggle", () => { if (part("twin").open && data) drawTable(part("table"), PLOTS[setup.kind], data, shown.edges()); });
new ResizeObserver(() => charts.resize()).observe(part("plots"));
new MutationObserver(() => { if (data?.t.length) charts.show(data, true); }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });

setInterval(() => {
  now.tick();
  if (document.hidden || !dirty) return;
  dirty = false;
  now.draw();
  if (!data || !shown.isLive) return;
  cut(data, shown.edges()[0]);
  draw(false);
}, DRAW_MS);
setInterval(() => { if (data?.every_s && shown.isLive && !document.hidden) load(true); }, 60_000);

for (const report of JSON.parse(document.getElementById("messages-json").textContent).reverse()) now.take(report);
now.draw();
press();
load();

let wasLost = false;
socket = watchTerminal(setup.number, {
  report: heard,
  state({ is }) {
    part("live").textContent = { open: "live", connecting: "connecting …", lost: "connection lost: shown as it was, trying again", ended: "live values ended: open this page again" }[is] ?? "";
    if (is === "open" && wasLost) load(true); // what came meanwhile
    wasLost = is === "lost" || (wasLost && is !== "open");
  },
});
