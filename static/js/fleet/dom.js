// Making elements without markup: texts from others stay texts, whatever is in them.

/** el("p", {class: "x", onclick: f, hidden: true}, "text", child, …): null and false are left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Change a text only where it is another: what did not change keeps its selection, and costs no layout. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
