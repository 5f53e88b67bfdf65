// Choosing a field, a category or a merchant: a button that shows what is chosen, and a list that is searched by typing.
import { announce, button, el, newId } from "./dom.js";

/**
 * A combobox over groups of {value, words, note, soft}. find: text -> [{group, options}] or a promise of it.
 * Opens below its place, and closes on Escape, on leaving, and on a choice.
 */
export function combobox({ label, placeholder, find, onpick, onclose = () => {} }) {
  const listId = newId("rb-list");
  const list = el("div", { id: listId, role: "listbox", "aria-label": label, class: "rb-list" });
  const input = el("input", {
    type: "text", role: "combobox", class: "rb-input", "aria-label": label, "aria-expanded": "true", "aria-controls": listId,
    "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder, oninput: () => show(), onkeydown: key,
  });
  const box = el("div", { class: "rb-picker", onfocusout: left }, input, list);
  let options = [];
  let active = -1;
  let asked = 0;

  async function show() {
    const mine = (asked += 1);
    const groups = await find(input.value.trim());
    if (mine !== asked) return;
    options = [];
    list.replaceChildren(...groups.filter((one) => one.options.length).map(drawGroup));
    if (!options.length) list.replaceChildren(el("p", { class: "rb-list__none" }, "Nothing is called that. Try another word."));
    mark(options.length ? 0 : -1);
    announce(options.length === 1 ? "1 choice" : `${options.length} choices`);
  }

  function drawGroup({ group, options: ones }) {
    const id = newId("rb-group");
    return el("div", { role: "group", "aria-labelledby": id }, el("p", { id, class: "rb-list__group" }, group), ones.map(drawOption));
  }

  function drawOption(one) {
    const place = options.length;
    const element = el("div", { role: "option", id: newId("rb-option"), class: "rb-option", "aria-selected": "false" },
      el("span", { class: "rb-option__words" }, one.words),
      one.soft ? el("span", { class: "rb-option__soft" }, one.soft) : null,
      one.note ? el("span", { class: "rb-option__note" }, one.note) : null);
    element.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
    element.addEventListener("click", () => pick(one));
    element.addEventListener("mousemove", () => mark(place, false));
    options.push({ one, element });
    return element;
  }

  function mark(place, scroll = true) {
    options[active]?.element.setAttribute("aria-selected", "false");
    active = place;
    const chosen = options[active]?.element;
    chosen?.setAttribute("aria-selected", "true");
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
    if (scroll) chosen?.scrollIntoView({ block: "nearest" });
  }

  function key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps && options.length) mark(Math.min(options.length - 1, Math.max(0, active + steps[event.key])));
    else if (event.key === "Enter" && options[active]) pick(options[active].one);
    else if (event.key === "Escape") close(true);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  }

  function left(event) {
    if (!box.contains(event.relatedTarget)) close(false);
  }

  function pick(one) {
    onpick(one.value, one);
    close(true);
  }

  function close(byKey) {
    if (!box.isConnected) return;
    asked += 1;
    box.remove();
    onclose(byKey);
  }

  return { box, open: () => { show(); input.focus(); } };
}

/** A button with what is chosen; opens the list in its place. */
export function chooser({ words, label, isEmpty, placeholder, find, onpick, ...attributes }) {
  const opener = button(words, open, { kind: "choose", "aria-haspopup": "listbox", "aria-label": `${label}: ${words}`, ...attributes });
  if (isEmpty) opener.classList.add("is-empty");
  const place = el("span", { class: "rb-chooser" }, opener);
  function open() {
    if (place.querySelector(".rb-picker")) return;
    const list = combobox({ label, placeholder, find, onpick, onclose: (byKey) => { opener.hidden = false; if (byKey && opener.isConnected) opener.focus(); } });
    place.append(list.box);
    list.open();
  }
  return place;
}

/** Fields by words in their label, meaning or group; those whose label begins so come first. */
export function fieldFinder(vocabulary, fits = () => true) {
  return (text) => {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    const rank = (field) => {
      const label = field.label.toLowerCase();
      const all = `${label} ${field.meaning} ${field.group} ${vocabulary.types[field.type]}`.toLowerCase();
      if (!wanted.every((word) => all.includes(word))) return 0;
      return wanted.every((word) => label.includes(word)) ? 2 : 1;
    };
    const groups = new Map();
    for (const field of vocabulary.fields) {
      if (field.is_retired || !fits(field) || !rank(field)) continue;
      if (!groups.has(field.group)) groups.set(field.group, []);
      groups.get(field.group).push({ value: field.name, words: field.label, note: field.meaning, soft: aboutField(field, vocabulary), rank: rank(field) });
    }
    const best = (options) => Math.max(...options.map((one) => one.rank));
    return [...groups].map(([group, options]) => ({ group, options: options.sort((a, b) => b.rank - a.rank) })).sort((a, b) => best(b.options) - best(a.options));
  };
}

export function aboutField(field, vocabulary) {
  const unit = field.unit && !["cents", "date"].includes(field.unit) ? `${vocabulary.types[field.type]}, ${field.unit}` : vocabulary.types[field.type];
  const whom = field.audiences.length === Object.keys(vocabulary.audiences).length ? "everybody" : field.audiences.map((one) => ({ person: "people", shopper: "shoppers", merchant: "merchants" })[one]).join(", ");
  return `${unit} · ${whom}`;
}
