// The values of an example: a line for each field, with an input of its type. What is left out is not known.
import { button, el, select } from "./dom.js";
import { checkboxes, numberInput, searched } from "./inputs.js";
import { aboutField, chooser, fieldFinder } from "./picker.js";

const json = (id) => JSON.parse(document.getElementById(id).textContent);
const form = document.getElementById("ex-form");
const vocabulary = json("rb-vocabulary");
const byName = new Map(vocabulary.fields.map((field) => [field.name, field]));
const names = new Map(Object.entries(json("rb-names")));
const values = new Map(Object.entries(json("ex-values")));
const place = document.getElementById("ex-values-form");
const kept = document.getElementById("ex-values-json");
for (const name of json("ex-asked")) if (!values.has(name)) values.set(name, null);

const find = async (of, text) => {
  const response = await fetch(`${form.dataset.words}?of=${encodeURIComponent(of)}&q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
  return response.ok ? (await response.json()).data : [];
};

function write() {
  kept.value = JSON.stringify(Object.fromEntries([...values].filter(([, value]) => value !== null && value !== "")));
}

function draw(focus = "") {
  place.replaceChildren(
    ...[...values.keys()].map(drawLine),
    chooser({ words: "Add a value", label: "Add a value", placeholder: "Search fields", find: fieldFinder({ ...vocabulary, fields: vocabulary.fields }, (field) => !values.has(field.name)), onpick: (name) => { values.set(name, null); draw(name); } }));
  write();
  if (focus) place.querySelector(`[data-field="${CSS.escape(focus)}"] :is(input, select, button)`)?.focus();
}

function drawLine(name) {
  const field = byName.get(name);
  const set = (value) => { values.set(name, value); write(); };
  const label = field?.label ?? name;
  return el("div", { class: "rb-value", role: "group", "aria-label": label, "data-field": name },
    el("span", { class: "rb-value__label" }, el("strong", {}, label), field ? el("span", { class: "rb-soft" }, ` ${aboutField(field, vocabulary)}`) : null),
    el("span", { class: "rb-value__input" }, field ? input(field, values.get(name), label, set) : el("span", { class: "rb-error" }, "There is no such field.")),
    button(`Leave out ${label}`, () => { values.delete(name); draw(); place.querySelector(".rb-button--choose")?.focus(); }, { symbol: "close", kind: "tool" }));
}

function input(field, value, label, set) {
  if (field.type === "flag") return select([["", "not known"], ["yes", "yes"], ["no", "no"]], value === true ? "yes" : value === false ? "no" : "", (chosen) => set(chosen === "" ? null : chosen === "yes"), { "aria-label": label });
  if (field.type === "date") return el("input", { type: "date", class: "rb-input", "aria-label": label, value: value ?? "", onchange: (event) => set(event.target.value || null) });
  if (field.type === "text") return select([["", "not known"], ...Object.entries(field.choices)], value ?? "", (chosen) => set(chosen || null), { "aria-label": label });
  if (field.type === "set" && Object.keys(field.choices).length) return checkboxes({ choices: field.choices, chosen: value ?? [], label, path: name(field), onvalues: (chosen) => set(chosen.length ? chosen : null) });
  if (field.type === "set") return searched({ of: field.elements || "category", chosen: value ?? [], label, path: name(field), names, find, onvalues: (chosen) => set(chosen.length ? chosen : null) });
  return numberInput({ value, unit: field.type === "cents" ? "cents" : field.unit, label, whole: field.type === "integer", onvalue: set });
}

const name = (field) => `values.${field.name}`;

draw();
