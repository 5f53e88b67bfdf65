// The page on which a rule is written. The draft in this module is the one truth of the page; inputs write into it.
import { conditionTree } from "./conditions.js";
import { announce, button, el } from "./dom.js";
import { fromJson, newGroup, toJson } from "./model.js";
import { livePreview } from "./preview.js";
import { scoreForm, termFromJson, termToJson } from "./score.js";
import { textField } from "./texts.js";
import { numberOf } from "./values.js";

const json = (id) => JSON.parse(document.getElementById(id).textContent);
const form = document.getElementById("rb-form");
const vocabulary = json("rb-vocabulary");
const byName = new Map(vocabulary.fields.map((field) => [field.name, field]));
vocabulary.field = (name) => byName.get(name);
vocabulary.names = new Map(Object.entries(json("rb-names")));
const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
const SIMPLE = ["title", "body", "category", "action_label", "action_url", "starts_on", "ends_on", "cap_per_days", "priority", "hold_out_percent", "uses_learned_relevance"];
const NUMBERS = new Set(["cap_per_days", "priority", "hold_out_percent"]);
const DATES = new Set(["starts_on", "ends_on"]);

let seenNumber = Number(form.dataset.number);
let draft; // simple fields as they are written; the tree and the terms as the form works on them
let savedText = "";
let saving = null;

// --- Draft <-> page ---------------------------------------------------------------------------------------------

function load(source) {
  const score = source.score && typeof source.score === "object" ? source.score : {};
  const tree = fromJson(source.conditions ?? { all: [] });
  draft = {
    simple: Object.fromEntries(SIMPLE.map((name) => [name, source[name] ?? null])),
    audience: Array.isArray(source.audience) ? source.audience : [],
    channels: Array.isArray(source.channels) ? source.channels : ["feed"],
    root: "conditions" in tree ? tree : newGroup("all", [tree]),
    base: score.base ?? 0,
    terms: Array.isArray(score.terms) ? score.terms.map(termFromJson) : [],
  };
  for (const name of SIMPLE) {
    for (const input of form.querySelectorAll(`[data-bind="${name}"]`)) {
      if (input.type === "checkbox") input.checked = draft.simple[name] === true;
      else input.value = draft.simple[name] ?? "";
    }
  }
  for (const name of ["audience", "channels"]) for (const box of form.querySelectorAll(`[data-set="${name}"]`)) box.checked = draft[name].includes(box.value);
  document.getElementById("rb-base").value = draft.base ?? "";
  drawTree();
  drawTerms();
  for (const drawText of texts) drawText();
}

function written() {
  const { simple, audience, channels, root, base, terms } = draft;
  return {
    conditions: toJson(root, vocabulary), score: { base, terms: terms.map(termToJson) }, audience, channels,
    ...Object.fromEntries(SIMPLE.map((name) => [name, simple[name]]).filter(([, value]) => value !== null && value !== "")),
    title: simple.title ?? "", body: simple.body ?? "",
  };
}

const nameInput = document.getElementById("rb-name");
const familyInput = document.getElementById("rb-family");
const everything = () => JSON.stringify({ draft: written(), name: nameInput.value, family: familyInput.value });

const find = async (of, text) => {
  const response = await fetch(`${form.dataset.words}?of=${encodeURIComponent(of)}&q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
  return response.ok ? (await response.json()).data : [];
};
const drawTree = conditionTree({ place: document.getElementById("rb-conditions"), root: () => draft.root, vocabulary, find, changed });
const drawTerms = scoreForm({ place: document.getElementById("rb-terms"), terms: () => draft.terms, vocabulary, changed });
const texts = [...form.querySelectorAll("[data-text]")].map((input) => textField({ input, tools: document.getElementById(`rb-${input.dataset.bind}-tools`), vocabulary }));
const preview = livePreview({ url: form.dataset.preview, csrf, body: () => JSON.stringify({ draft: written() }) });

form.addEventListener("input", (event) => {
  const { bind, set } = event.target.dataset;
  if (bind) draft.simple[bind] = valueOf(event.target, bind);
  else if (set) draft[set] = [...form.querySelectorAll(`[data-set="${set}"]`)].filter((box) => box.checked).map((box) => box.value);
  else if (event.target.id === "rb-base") draft.base = numberOf(event.target.value) ?? null;
  else if (event.target !== nameInput && event.target !== familyInput) return;
  changed();
});

function valueOf(input, name) {
  if (input.type === "checkbox") return input.checked;
  if (NUMBERS.has(name)) return numberOf(input.value, { whole: true }) ?? null;
  return DATES.has(name) ? input.value || null : input.value;
}

function changed() {
  mark();
  preview.soon();
}

// --- Saved or not -----------------------------------------------------------------------------------------------

const state = document.getElementById("rb-saved");
const saveButton = document.getElementById("rb-save");

function mark(words = "") {
  const isDirty = everything() !== savedText;
  state.textContent = words || (isDirty ? "Not saved yet" : "Saved");
  state.classList.toggle("is-dirty", isDirty);
  document.title = document.title.replace(/^• /, "");
  if (isDirty) document.title = `• ${document.title}`;
}

const isDirty = () => everything() !== savedText;
window.addEventListener("beforeunload", (event) => { if (isDirty() && !leaving) event.preventDefault(); });
let leaving = false;

async function save() {
  if (saving) return saving;
  saving = trySave().finally(() => { saving = null; saveButton.disabled = false; });
  return saving;
}

async function trySave() {
  const sent = everything();
  saveButton.disabled = true;
  mark("Saving…");
  const { draft: content, name, family } = JSON.parse(sent);
  const fields = new URLSearchParams({ draft: JSON.stringify(content), draft_number: String(seenNumber), name, family });
  let answer = null;
  try {
    const response = await fetch(form.action, { method: "POST", headers: { "X-CSRFToken": csrf, Accept: "application/json" }, body: fields });
    if (!response.headers.get("Content-Type")?.includes("json")) throw new Error(String(response.status));
    answer = { status: response.status, ...(await response.json()) };
  } catch {
    fault("It could not be saved: the server did not answer as it should. What you typed is still here. Try again in a moment.");
    return false;
  }
  if (answer.status === 409) return conflict(answer);
  if (answer.status !== 200) {
    fault(answer.message ?? "It could not be saved. What you typed is still here.");
    return false;
  }
  seenNumber = answer.draft_number;
  savedText = sent;
  document.getElementById("rb-fault").hidden = true;
  document.getElementById("rb-conflict").hidden = true;
  mark();
  announce("Saved");
  return true;
}

function fault(words) {
  const place = document.getElementById("rb-fault");
  place.textContent = words;
  place.hidden = false;
  mark();
  place.scrollIntoView({ block: "nearest" });
}

/** Somebody saved meanwhile: both are shown, nothing is lost, and the person chooses. */
function conflict(answer) {
  const place = document.getElementById("rb-conflict");
  const side = (title, lines) => el("div", { class: "rb-conflict__side" }, el("h3", {}, title), el("ul", {}, lines.map((line) => el("li", {}, line))));
  const choose = (words, kind, act) => button(words, act, { kind });
  place.replaceChildren(
    el("h2", { tabindex: "-1" }, "Somebody else changed this draft"),
    el("p", {}, answer.message),
    answer.differences.length
      ? el("div", { class: "facts__scroll" }, el("table", { class: "facts__table" },
          el("thead", {}, el("tr", {}, ["What", "Theirs, saved", "Yours, on this page"].map((head) => el("th", { scope: "col" }, head)))),
          el("tbody", {}, answer.differences.map((one) => el("tr", {}, el("td", { "data-label": "What" }, one.what), el("td", { "data-label": "Theirs, saved" }, one.before), el("td", { "data-label": "Yours, on this page" }, one.after))))))
      : side("The same in words", ["Both say the same; only how it is written differs."]),
    el("p", { class: "rb-row" },
      choose("Save mine over theirs", "primary", async () => { seenNumber = answer.draft_number; place.hidden = true; await save(); saveButton.focus(); }),
      choose("Take theirs", "quiet", () => { take(answer); place.hidden = true; saveButton.focus(); }),
      choose("Decide later", "quiet", () => { place.hidden = true; saveButton.focus(); })),
    el("p", { class: "rb-soft" }, "Theirs stays in the history of changes either way."));
  place.hidden = false;
  mark("Not saved: somebody else changed it");
  place.querySelector("h2").focus();
  return false;
}

function take(answer) {
  seenNumber = answer.draft_number;
  nameInput.value = answer.name;
  familyInput.value = answer.family;
  load(answer.draft);
  savedText = everything();
  mark();
  preview.now();
}

form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); save(); }
});
// Ways onward that need the saved draft save it first.
for (const link of document.querySelectorAll("[data-saves]")) {
  link.addEventListener("click", async (event) => {
    if (!isDirty()) return;
    event.preventDefault();
    if (await save()) { leaving = true; location.assign(link.href); }
  });
}

load(json("rb-draft"));
savedText = everything();
if (form.dataset.unsaved) savedText = "";
mark();
preview.now();
