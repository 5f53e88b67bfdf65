// The review queue by keyboard: the next group is fetched ahead, so that deciding waits for nothing. Without this the forms work.
import { announce } from "./ui.js";
import { searchable } from "./category_search.js";

const place = document.getElementById("review");
const alerts = document.querySelector("[data-alerts]");
const undoForm = document.querySelector("[data-undo]");
const help = document.getElementById("review-help");
const keysOn = document.getElementById("review-keys-on");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const shape = document.createElement("template");
const KEYS_OFF = "review-keys-off";
const STATUS_KEYS = { e: "eligible", l: "letter", r: "rx", n: "not_eligible" };

let shownAt = performance.now();
let ahead = null; // a promise of the next card's HTML, "" where nothing waits
let search = null;
let busy = false;
let sending = Promise.resolve();

const form = () => place.querySelector("[data-review]");

async function post(url, data) {
  data.set("csrfmiddlewaretoken", token());
  const answer = await fetch(url, { method: "POST", body: data, headers: { Accept: "application/json" } });
  const body = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw Object.assign(new Error(body.message ?? "The platform did not answer as it should: try again."), { code: body.code });
  return body;
}

async function fetchNext(besides) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", token());
  data.set("reason", place.dataset.reason);
  for (const claim of besides) data.append("besides", claim);
  const answer = await fetch(place.dataset.next, { method: "POST", body: data });
  if (answer.status === 204) return "";
  if (!answer.ok || answer.redirected) throw new Error("The next item did not come: load the page again.");
  return answer.text();
}

function show(html, { focus = true } = {}) {
  shape.innerHTML = html;
  place.replaceChildren(shape.content.cloneNode(true));
  enhance();
  if (focus) place.querySelector("[data-title], h2")?.focus();
}

function enhance() {
  shownAt = performance.now();
  const current = form();
  search = current ? searchable(current.querySelector("[data-search]"), (code) => decide(code)) : null;
  if (current) prefetch();
}

function prefetch() {
  const claim = form().dataset.claim;
  ahead = sending.then(() => fetchNext([claim]));
  ahead.catch(() => {}); // told when it is needed
}

async function advance() {
  const coming = ahead;
  ahead = null;
  place.replaceChildren(document.getElementById("review-loading").content.cloneNode(true));
  try {
    const html = (await coming) || (await sending.then(() => fetchNext([])));
    if (html) show(html);
    else location.reload(); // nothing waits: the page says so, with fresh counts
  } catch (error) {
    tell(error.message, { again: () => location.reload() });
  }
  busy = false;
}

function decide(code) {
  const current = form();
  if (!current || busy) return;
  const note = current.querySelector("textarea[data-needed]");
  const ticked = current.querySelectorAll("[name=item]:checked, [name=item][type=hidden]");
  if (!ticked.length) return tell("Tick at least one item.");
  if (note && !note.value.trim()) {
    tell("The merchant reads the answer: write in the note why you decide so.");
    return note.focus();
  }
  busy = true;
  clearAlerts();
  const data = new FormData(current);
  data.set("category", code);
  data.set("shown_ms", String(Math.round(performance.now() - shownAt)));
  send(current.action, data, ticked.length);
  advance();
}

/** Keep a decision: in the background, one after the other; a failure is told and can be repeated, for the server knows the claim. */
function send(url, data, count) {
  sending = sending.then(() => post(url, data)).then((answer) => {
    announce(`${answer.message} Undo with u.`);
    setUndo(answer.claim);
    addDecided(count);
  }, (error) => {
    const isOver = error.code !== undefined;
    tell(isOver ? error.message : "A decision could not be kept: is the network there?", { again: isOver ? null : () => send(url, data, count) });
  });
}

function skip() {
  const current = form();
  if (!current || busy) return;
  busy = true;
  clearAlerts();
  const data = new FormData(current);
  const url = current.querySelector("[data-skip]").formAction;
  sending = sending.then(() => post(url, data)).then((answer) => announce(answer.message), (error) => tell(error.message));
  advance();
}

async function undo() {
  const claim = undoForm.elements.claim.value;
  if (!claim || busy) return;
  busy = true;
  clearAlerts();
  try {
    await sending;
    const answer = await post(undoForm.action, new FormData(undoForm));
    setUndo("");
    addDecided(-Number.parseInt(answer.message, 10));
    show(await fetchNext([]));
    announce(answer.message);
  } catch (error) {
    tell(error.message);
  }
  busy = false;
}

function setUndo(claim) {
  undoForm.elements.claim.value = claim;
  undoForm.hidden = !claim;
}

function addDecided(count) {
  const total = document.querySelector("[data-decided]");
  total.textContent = String(Math.max(0, Number(total.textContent) + count));
}

function clearAlerts() {
  alerts.replaceChildren();
}

function tell(words, { again = null } = {}) {
  const box = document.createElement("div");
  box.className = "alert alert--fault";
  box.setAttribute("role", "alert");
  box.append(Object.assign(document.createElement("div"), { textContent: words }));
  if (again) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--small", textContent: "Try again" });
    button.addEventListener("click", () => { box.remove(); again(); });
    box.append(button);
  }
  alerts.replaceChildren(box);
}

place.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button?.matches("[data-skip]")) skip();
  else if (button?.name === "category") decide(button.value);
});

undoForm.addEventListener("submit", (event) => {
  event.preventDefault();
  undo();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keysOn.checked || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const act = actionFor(event.key);
  if (!act) return;
  event.preventDefault();
  act();
});

function actionFor(key) {
  const current = form();
  const choice = /^[1-3]$/.test(key) && current?.querySelector(`[data-key="${key}"]`);
  if (choice) return () => decide(choice.value);
  if (key === "/" && search) return () => search.open("");
  if (key in STATUS_KEYS && search) return () => search.open(STATUS_KEYS[key]);
  if (key === "s") return skip;
  if (key === "u") return undo;
  if (key === "m" && current) return () => current.querySelector("textarea").focus();
  return key === "?" ? () => help.showModal() : null;
}

keysOn.checked = localStorage.getItem(KEYS_OFF) !== "yes";
keysOn.addEventListener("change", () => localStorage.setItem(KEYS_OFF, keysOn.checked ? "no" : "yes"));
enhance();
