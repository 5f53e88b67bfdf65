// The fleet's page: puts the parts together. What is looked at lives in `view`, which the address mirrors.

import { readAddress, writeAddress } from "./address.js";
import { Card } from "./card.js";
import { el, say } from "./dom.js";
import { countMatching, Fleet } from "./fleet.js";
import { Freshness } from "./freshness.js";
import { colours, LEGEND } from "./palette.js";
import { openSearch } from "./search.js";
import { openSocket } from "./socket.js";
import { GroupTable, showIncidents, WorstTable } from "./tables.js";
import { Wall } from "./wall.js";
import { count, describeWhole, TILE_WORDS } from "./words.js";

const HIDDEN_MS = 60_000;
const page = document.getElementById("fleet");
const find = (name) => page.querySelector(`[data-${name}]`);
const urls = {
  terminal: (number) => page.dataset.terminalUrl.replace("/0/", `/${number}/`),
  incident: (id) => page.dataset.incidentUrl.replace("/0/", `/${id}/`),
  card: (number) => page.dataset.cardUrl.replace("/0/", `/${number}/`),
};
const view = readAddress();
const fleet = new Fleet();
const socket = openSocket({ wall: view.wall });
const now = () => socket.serverNow();
let isListed = false, counts = null, incidents = null, troubled = null;

const wall = new Wall(find("wall"), fleet, {
  hover: (slot, x, y) => card.show(slot, x, y),
  open: (slot, event) => { if (!view.wall) (event?.ctrlKey || event?.metaKey ? window.open(urls.terminal(fleet.number[slot])) : (location.href = urls.terminal(fleet.number[slot]))); },
  region: (key) => choose("region", key),
  cursor(slot) {
    const { x, y } = wall.pointOf(slot);
    card.show(slot, x, y);
    say(find("said"), `${fleet.label[slot]}, ${fleet.named("store", slot)}, ${fleet.named("merchant", slot)}, ${fleet.named("region", slot)}: ${describeWhole(fleet.cellAt(slot))}`);
  },
});
const card = new Card(find("card"), { fleet, wall, urls, now });
const freshness = new Freshness({
  badge: find("fresh"), banner: find("banner"), page, socket, signInUrl: () => `${page.dataset.signInUrl}?next=${encodeURIComponent(location.pathname + location.search)}`,
});
const worst = new WorstTable(find("worst"), find("worst-note"), find("pager"), { fleet, urls, now, turn: (to) => change({ page: to }) });
const groups = new GroupTable(find("groups"), find("groups-note"), { choose });

/** The page shows something else: address, wall and server follow. */
function change(what, { isNew = true } = {}) {
  Object.assign(view, "page" in what ? {} : { page: 0 }, what);
  writeAddress(view, { isNew });
  show();
  ask();
}

function choose(by, key) {
  const filter = { ...view.filter };
  if (key && filter[by] !== key) filter[by] = key;
  else delete filter[by];
  change({ filter });
}

function ask() {
  const isHidden = hiddenSince && performance.now() - hiddenSince > HIDDEN_MS;
  socket.look({ wants: isHidden ? [] : ["cells", "counts", "worst", "groups", "incidents"], filter: { ...view.filter, tiles: view.tiles }, by: view.by, page: view.page });
}

/** Everything that follows from the view alone. */
function show() {
  for (const button of page.querySelectorAll("[data-tile]")) button.setAttribute("aria-pressed", String(view.tiles.includes(button.dataset.tile)));
  for (const button of page.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(view.mode === button.dataset.mode));
  find("by").value = view.by;
  if (wall.mode !== view.mode) wall.setMode(view.mode);
  wall.setFilter(view.tiles, isListed ? fleet.matching(view.filter) : null);
  legend();
  chips();
}

function legend() {
  const named = colours();
  find("legend").replaceChildren(...LEGEND[view.mode].map(([name, words, letter = ""]) =>
    el("li", {}, el("span", { class: "fl-swatch", style: `background:${named[name]}`, "aria-hidden": "true" }, ""), words, letter ? el("span", { class: "fl-soft" }, ` ${letter}`) : null)));
}

function chips() {
  const named = (by, key) => fleet.keys[by].find((one) => one.key === key)?.name ?? key;
  const chip = (words, drop) => el("li", {}, el("button", { type: "button", class: "fl-chip", onclick: drop }, words, el("span", { "aria-hidden": "true" }, " ×"), el("span", { class: "fl-hidden" }, ", take this filter away")));
  const all = [
    ...Object.entries(view.filter).map(([by, key]) => chip(`${by[0].toUpperCase()}${by.slice(1)}: ${named(by, key)}`, () => choose(by, ""))),
    ...view.tiles.map((tile) => chip(TILE_WORDS[tile][0], () => toggle(tile))),
  ];
  if (all.length > 1) all.push(el("li", {}, el("button", { type: "button", class: "fl-chip fl-chip--all", onclick: () => change({ filter: {}, tiles: [] }) }, "Show all")));
  find("chips").replaceChildren(...all);
  find("chips").hidden = !all.length;
}

function toggle(tile) {
  change({ tiles: view.tiles.includes(tile) ? view.tiles.filter((one) => one !== tile) : [...view.tiles, tile] });
}

function sentence() {
  if (!counts) return;
  const { all, matching, tiles } = counts;
  const isFiltered = view.tiles.length || Object.keys(view.filter).length;
  const online = view.tiles.length ? "" : `${count(tiles.online)} of ${count(all)} online`;
  const parts = isFiltered ? [`${count(matching)} terminal${matching === 1 ? "" : "s"} in this view`, online] : [online, tiles.offline ? `${count(tiles.offline)} offline` : "none offline"];
  if (incidents) parts.push(incidents.total ? `${count(incidents.total)} open incident${incidents.total === 1 ? "" : "s"}${incidents.unanswered ? `, ${count(incidents.unanswered)} unanswered` : ""}` : "no open incident");
  say(find("sentence"), parts.filter(Boolean).join(" · "));
  wall.canvas.setAttribute("aria-label", `Wall of ${count(fleet.size)} terminals: ${parts.filter(Boolean).join(", ")}. The tables below say the same in words.`);
}

socket.on("counts", (message) => {
  counts = message;
  for (const button of page.querySelectorAll("[data-tile]")) {
    const number = message.tiles[button.dataset.tile];
    say(button.querySelector("[data-count]"), count(number));
    button.classList.toggle("is-none", number === 0);
  }
  sentence();
});
socket.on("worst", (message) => {
  troubled = message;
  if (isListed && message.page === view.page) worst.show(message);
});
socket.on("groups", (message) => { if (message.by === view.by) groups.show(message); });
socket.on("incidents", (message) => {
  incidents = message;
  showIncidents({ list: find("incidents"), note: find("incidents-note"), urls, now }, message);
  sentence();
});
socket.on("cells", (frame) => {
  const slots = fleet.take(frame);
  freshness.took(frame);
  page.dataset.frames = String(Number(page.dataset.frames ?? 0) + 1);
  if (!isListed) return; // the cells wait for the list, by number
  wall.repaint(slots);
  card.renew();
});
socket.on("terminals", (message) => {
  if (!isListed) return; // `have` asks for it again
  fleet.patch(message);
  wall.rearrange();
  show();
});
socket.on("reload", () => setTimeout(list, Math.random() * 10_000));
socket.on("hello", (message) => {
  const until = new Date(message.until_ms);
  if (view.wall) say(find("until"), `Signed in until ${until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}, also if nobody touches this screen. Any other page asks to sign in again.`);
});

/** The list of terminals: the browser keeps it, and asks only whether it is another. The first is on its way before this script is (preload). */
async function list() {
  const headers = isListed ? { "Fsa-Background": "1" } : {}; // with headers of its own it would not be the one on its way
  const response = await fetch(page.dataset.listUrl, { headers, credentials: "same-origin" }).catch(() => null);
  if (response?.status === 401) return;
  if (!response?.ok) {
    say(find("waiting"), "The list of terminals does not come; trying again.");
    return setTimeout(list, 2000 + Math.random() * 3000);
  }
  fleet.load(await response.json());
  isListed = true;
  find("waiting").hidden = true;
  page.classList.toggle("has-none", fleet.size === 0);
  wall.rearrange();
  show();
  if (troubled?.page === view.page) worst.show(troubled);
  sentence();
  socket.have(fleet.revision);
}

let hiddenSince = 0;
document.addEventListener("visibilitychange", () => {
  hiddenSince = document.hidden ? performance.now() : 0;
  if (document.hidden) setTimeout(ask, HIDDEN_MS + 100);
  else ask();
});
addEventListener("popstate", () => { Object.assign(view, readAddress()); show(); ask(); });
page.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.tile) toggle(button.dataset.tile);
  if (button.dataset.mode) change({ mode: button.dataset.mode, page: view.page }, { isNew: false });
  if (button.dataset.zoom === "in") wall.zoomBy(1.5);
  if (button.dataset.zoom === "out") wall.zoomBy(1 / 1.5);
  if (button.dataset.zoom === "all") wall.zoomOut();
});
find("by").addEventListener("change", (event) => change({ by: event.target.value, page: view.page }));
new MutationObserver(legend).observe(document.documentElement, { attributeFilter: ["class"] });
if (find("search")) openSearch({ input: find("search"), list: find("found"), said: find("found-said"), url: page.dataset.searchUrl, terminalUrl: urls.terminal, choose });

show();
list();
ask(); // beside the list, not after it
// For whoever measures: when all is there, what a frame costs, and whether both sides count the same.
globalThis.fleetPage = { fleet, wall, view, isWhole: () => isListed && Boolean(page.dataset.frames), counted: () => countMatching(fleet, wall.within, view.tiles) };
