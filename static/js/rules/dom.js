// Making elements without markup: texts from others stay texts, whatever is in them.

const SVG = "http://www.w3.org/2000/svg";

/** el("p", {class: "x", onclick: f, hidden: true}, "text", child, …): null and false are left out. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in element) element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let lastId = 0;
export const newId = (start) => `${start}-${(lastId += 1)}`;

/** A <select> of [value, words] pairs; {group, options} makes an optgroup. */
export function select(options, chosen, onchange, attributes = {}) {
  const choice = ([value, words]) => el("option", { value, selected: value === chosen }, words);
  const made = el("select", { class: "rb-input", onchange: (event) => onchange(event.target.value), ...attributes },
    options.map((one) => (Array.isArray(one) ? choice(one) : el("optgroup", { label: one.group }, one.options.map(choice)))));
  made.value = chosen;
  return made;
}

/** A small button. words are its name for everybody; symbol is what is seen, where there is no room for words. */
export function button(words, onclick, { symbol = "", kind = "quiet", ...attributes } = {}) {
  const content = symbol ? [el("span", { "aria-hidden": "true", class: "material-symbols-outlined" }, symbol), el("span", { class: "rb-hidden" }, words)] : [words];
  return el("button", { type: "button", class: `rb-button rb-button--${kind}`, title: symbol ? words : null, onclick, ...attributes }, content);
}

/** Words for screen readers, without moving the focus. */
export function announce(words) {
  const region = document.getElementById("rb-announce");
  if (region) region.textContent = words;
}
