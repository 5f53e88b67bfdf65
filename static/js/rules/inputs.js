// Inputs for one value each, by its unit and type. What cannot be read is told beside the input, and stays in it.
import { button, el, newId, select } from "./dom.js";
import { chooser } from "./picker.js";
import { centsOf, dollarsOf, numberOf } from "./values.js";

/** A number with its unit: dollars as dollars, days as days. onvalue gets null for empty, and nothing for what cannot be read. */
export function numberInput({ value, unit, label, whole = false, path = null, onvalue }) {
  const isMoney = unit === "cents";
  const errorId = newId("rb-error");
  const error = el("span", { id: errorId, class: "rb-error", hidden: true });
  const input = el("input", {
    type: "text", inputmode: "decimal", class: "rb-input rb-input--number", "aria-label": label, autocomplete: "off", "data-path": path,
    value: isMoney ? dollarsOf(value) : (value ?? ""), "aria-describedby": errorId,
  });
  const read = () => (isMoney ? centsOf(input.value) : numberOf(input.value, { whole: whole || unit === "days" }));
  input.addEventListener("input", () => {
    const found = read();
    tell(found === undefined && document.activeElement !== input);
    if (found !== undefined) onvalue(found);
  });
  input.addEventListener("change", () => {
    const found = read();
    tell(found === undefined);
    if (found === undefined) onvalue(null);
  });
  function tell(isWrong) {
    error.hidden = !isWrong;
    error.textContent = isWrong ? (isMoney ? "Write an amount like 250 or 19.95." : unit === "days" || whole ? "Write a whole number." : "Write a number.") : "";
    if (isWrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const affix = (text) => el("span", { class: "rb-affix", "aria-hidden": "true" }, text);
  return el("span", { class: "rb-number" }, isMoney ? affix("$") : null, input, unit && !isMoney ? affix(unit) : null, error);
}

/** A day: so many from today, or one of the calendar. */
export function dayInput({ day, label, path, onday }) {
  const now = day && "on" in day && day.on ? { kind: "calendar", on: day.on } : { kind: (day?.from_today ?? 0) < 0 ? "ago" : "ahead", days: day?.from_today ?? null };
  const place = el("span", { class: "rb-day" });
  draw();
  return place;

  function draw() {
    const kind = select([["ahead", "days from today"], ["ago", "days ago"], ["calendar", "on the calendar"]], now.kind, (chosen) => {
      if (now.days !== null && now.days !== undefined && chosen !== "calendar") now.days = Math.abs(now.days) * (chosen === "ago" ? -1 : 1);
      now.kind = chosen;
      draw();
      tell();
      place.querySelector("select").focus();
    }, { "aria-label": `${label}: how it is given` });
    const value = now.kind === "calendar"
      ? el("input", { type: "date", class: "rb-input", "aria-label": label, "data-path": path, value: now.on ?? "", onchange: (event) => { now.on = event.target.value; tell(); } })
      : numberInput({ value: now.days === null || now.days === undefined ? null : Math.abs(now.days), unit: "", whole: true, label: `${label}, in days`, path, onvalue: (days) => { now.days = days === null ? null : now.kind === "ago" ? -days : days; tell(); } });
    place.replaceChildren(value, kind);
  }

  function tell() {
    if (now.kind === "calendar") onday(now.on ? { on: now.on } : null);
    else onday(now.days === null || now.days === undefined ? null : { from_today: now.days });
  }
}

/** Some of a few choices, as checkboxes. */
export function checkboxes({ choices, chosen, label, path, onvalues }) {
  const values = new Set(chosen);
  const change = (value, isOn) => {
    if (isOn) values.add(value);
    else values.delete(value);
    onvalues(Object.keys(choices).filter((one) => values.has(one)));
  };
  return el("span", { class: "rb-checks", role: "group", "aria-label": label, tabindex: "-1", "data-path": path },
    Object.entries(choices).map(([value, words]) =>
      el("label", { class: "rb-check" }, el("input", { type: "checkbox", checked: values.has(value), onchange: (event) => change(value, event.target.checked) }), el("span", {}, words))));
}

/** Categories or merchants, found by search; each chosen one is a chip that can be taken away. */
export function searched({ of, chosen, label, path, names, find, onvalues }) {
  const place = el("span", { class: "rb-chips", role: "group", "aria-label": label, tabindex: "-1", "data-path": path });
  let values = [...chosen];
  draw();
  return place;

  function draw(focus = false) {
    const add = chooser({
      words: values.length ? `Add another ${of}` : `Choose a ${of}`, label, isEmpty: !values.length, placeholder: `Search ${of === "category" ? "categories" : "merchants"}`,
      find: async (text) => [{ group: of === "category" ? "Categories" : "Merchants", options: (await find(of, text)).filter((one) => !values.includes(one.value)) }],
      onpick: (value, one) => { names.set(value, one.words); set([...values, value]); },
    });
    place.replaceChildren(...values.map(chip), add);
    if (focus) place.querySelector(".rb-button--choose")?.focus();
  }

  function chip(value) {
    const words = names.get(value) ?? value;
    return el("span", { class: "rb-chip" }, words, button(`Take away ${words}`, () => set(values.filter((one) => one !== value)), { symbol: "close", kind: "chip" }));
  }

  function set(next) {
    values = next;
    onvalues(values);
    draw(true);
  }
}
