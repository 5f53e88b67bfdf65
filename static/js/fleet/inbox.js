// The inbox keeps itself up to date by small parts, and is worked by keyboard: j, k, x, a, Enter.
import { tick } from "./countdown.js";

const EVERY_MS = 3000;
const form = document.querySelector("[data-inbox]");
const body = form.querySelector("[data-rows]");
const said = form.querySelector("[data-said]");
const nothing = form.querySelector("[data-nothing]");
const state = { since: form.dataset.since, order: form.dataset.order, ahead: Date.parse(form.dataset.since) - Date.now(), at: null, failed: 0 };

const rows = () => [...body.rows];
const rowOf = (id) => body.querySelector(`[data-incident="${id}"]`);
const picks = () => [...body.querySelectorAll('input[name="incident"]')];
const now = () => Date.now() + state.ahead;

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = `<table><tbody>${html}</tbody></table>`;
  return template.content.querySelector("tr");
}

/** Put the server's row in the place of ours; what the person chose and where they stand stays. */
function put(id, html) {
  const fresh = parsed(html), old = rowOf(id);
  if (!fresh) return;
  if (!old) { fresh.classList.add("in-row--new"); body.append(fresh); return; }
  const chosen = old.querySelector('input[name="incident"]')?.checked;
  if (chosen) fresh.querySelector('input[name="incident"]').checked = true;
  const had = old.contains(document.activeElement);
  if (state.at === id) fresh.classList.add("in-row--at");
  old.replaceWith(fresh);
  if (had) fresh.focus({ preventScroll: true });
}

function arrange(ids) {
  const wanted = new Set(ids.map(String));
  for (const row of rows()) if (!wanted.has(row.dataset.incident)) row.remove();
  let place = body.firstElementChild;
  for (const id of ids) {
    const row = rowOf(id);
    if (!row) continue;
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
  }
}

/** isAsked: a person did something; otherwise the page asks by itself, which keeps nobody signed in. */
async function refresh({ isAsked = false } = {}) {
  const url = new URL(form.dataset.changes, location.href);
  url.searchParams.set("since", state.since);
  url.searchParams.set("order", state.order);
  url.searchParams.set("seen", rows().map((row) => row.dataset.incident).join(","));
  const answer = await fetch(url, { headers: { Accept: "application/json", ...(isAsked ? {} : { "Fsa-Background": "1" }) } });
  if (answer.status === 401) {
    state.isOver = true;
    return say("Your session is over: open this page again to sign in.", true);
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const news = await answer.json();
  for (const [id, html] of Object.entries(news.rows)) put(id, html);
  if (news.ids) arrange(news.ids);
  for (const [view, count] of Object.entries(news.counts)) {
    const place = document.querySelector(`[data-view-count="${view}"]`);
    if (place) place.textContent = count.toLocaleString("en-US");
  }
  nothing.hidden = body.rows.length > 0;
  state.since = news.now;
  state.order = news.order;
  state.ahead = Date.parse(news.now) - Date.now();
  tally();
}

async function keepUp() {
  if (!document.hidden) {
    try {
      await refresh();
      if (state.failed && !state.isOver) say("");
      state.failed = 0;
    } catch {
      state.failed += 1;
      if (state.failed === 2) say("The server does not answer: what stands here may be old.", true);
    }
  }
  if (!state.isOver) setTimeout(keepUp, EVERY_MS * Math.min(1 + state.failed, 10));
}

function say(words, isFault = false) {
  said.textContent = words;
  said.classList.toggle("in-said--fault", isFault);
}

function tally() {
  const chosen = picks().filter((pick) => pick.checked).length;
  const place = form.querySelector("[data-chosen]");
  if (place) place.textContent = chosen ? `${chosen} chosen` : "None chosen";
  form.classList.toggle("in-work--chosen", chosen > 0);
}

function stand(row) {
  if (!row) return;
  body.querySelector(".in-row--at")?.classList.remove("in-row--at");
  row.classList.add("in-row--at");
  state.at = row.dataset.incident;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

async function acknowledge() {
  const chosen = picks().filter((pick) => pick.checked).map((pick) => pick.value);
  const ids = chosen.length ? chosen : state.at ? [state.at] : [];
  if (!ids.length) { say("Choose an incident with j and k first."); return; }
  const data = new FormData();
  data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const id of ids) data.append("incident", id);
  try {
    const answer = await fetch(form.dataset.do, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const news = await answer.json();
    say(news.message, !answer.ok);
    const next = rowOf(state.at)?.nextElementSibling ?? rowOf(state.at)?.previousElementSibling;
    await refresh({ isAsked: true });
    if (state.at && !rowOf(state.at)) stand(next?.isConnected ? next : body.rows[0]);
  } catch {
    say("The server does not answer: nothing was done.", true);
  }
}

const KEYS = {
  j: () => stand(rowOf(state.at)?.nextElementSibling ?? (rowOf(state.at) ? null : body.rows[0])),
  k: () => stand(rowOf(state.at)?.previousElementSibling ?? (rowOf(state.at) ? null : body.rows[0])),
  x: () => { const pick = rowOf(state.at)?.querySelector('input[name="incident"]'); if (pick) { pick.checked = !pick.checked; tally(); } },
  a: acknowledge,
  Enter: () => rowOf(state.at)?.querySelector("a")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, a, button")) return;
  const deed = KEYS[event.key];
  if (!deed || (event.key === "a" && !form.elements.csrfmiddlewaretoken)) return;
  if (event.key === "a" && !form.querySelector("[data-chosen]")) return; // whoever only looks
  event.preventDefault();
  deed();
});
form.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const pick of picks()) pick.checked = event.target.checked;
  tally();
});
form.addEventListener("submit", (event) => {
  if (!picks().some((pick) => pick.checked)) { event.preventDefault(); say("Choose at least one incident.", true); }
});
body.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr");
  if (row && row.dataset.incident !== state.at) { body.querySelector(".in-row--at")?.classList.remove("in-row--at"); row.classList.add("in-row--at"); state.at = row.dataset.incident; }
});
setInterval(() => tick(body, now()), 1000);
setTimeout(keepUp, EVERY_MS);
tally();
