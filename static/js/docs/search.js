// Search over an index that comes with the pages. "/" goes to the field; arrows and Enter choose.
import { announce } from "../ui.js";

const MOST_SHOWN = 8;
const AROUND = 90; // letters of the text that are shown

export function search() {
  const box = document.querySelector("[data-search]");
  if (!box) return;
  const [field, list, none] = [box.querySelector("input"), box.querySelector("ul"), box.querySelector("p")];
  let rows = null;
  let chosen = -1;
  box.hidden = false;

  const load = () => (rows ??= fetch(box.dataset.search).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))));

  async function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let known = [];
    try { known = await load(); } catch { rows = null; announce("The search cannot be reached."); return; }
    const found = words.length ? best(known, words) : [];
    chosen = found.length ? 0 : -1;
    list.replaceChildren(...found.map((row, at) => option(row, at, words[0])));
    list.hidden = !found.length;
    none.hidden = Boolean(found.length) || !words.length;
    mark();
    if (words.length) announce(found.length === 1 ? "1 place found" : `${found.length} places found`);
  }

  function mark() {
    const options = [...list.children];
    options.forEach((one, at) => one.setAttribute("aria-selected", String(at === chosen)));
    field.setAttribute("aria-expanded", String(!list.hidden));
    if (options[chosen]) field.setAttribute("aria-activedescendant", options[chosen].id);
    else field.removeAttribute("aria-activedescendant");
  }

  function close() {
    list.hidden = none.hidden = true;
    chosen = -1;
    mark();
  }

  field.addEventListener("focus", () => load().catch(() => { rows = null; }));
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    const many = list.children.length;
    if (event.key === "Escape") { field.value = ""; close(); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); go(list.children[chosen].dataset.address); close(); }
    else if (many && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + many) % many;
      mark();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus until the click is done
  list.addEventListener("click", (event) => {
    const one = event.target.closest("li");
    if (one) { go(one.dataset.address); close(); }
  });
  field.addEventListener("blur", close);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  });
}

const go = (address) => location.assign(address);

function best(rows, words) {
  return rows.map((row) => [score(row, words), row]).filter(([points]) => points > 0)
    .sort(([a], [b]) => b - a).slice(0, MOST_SHOWN).map(([, row]) => row);
}

/** 0 unless every word is found; a page's name counts most, then a heading, then the text. */
function score([page, heading, , text], words) {
  let points = 0;
  for (const word of words) {
    const here = 9 * begins(page, word) * (heading ? 0.5 : 1) + 6 * begins(heading, word) + begins(text, word);
    if (!here) return 0;
    points += here;
  }
  return points;
}

/** 1 where a word of the text begins so, less where it stands in the middle of one. */
function begins(text, word) {
  const at = ` ${text.toLowerCase()}`.search(new RegExp(`[^\\p{L}\\p{N}]${escaped(word)}`, "u"));
  return at >= 0 ? 1 : text.toLowerCase().includes(word) ? 0.4 : 0;
}

const escaped = (word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function option([page, heading, address, text], at, word) {
  const one = document.createElement("li");
  one.id = `docs-found-${at}`;
  one.dataset.address = address;
  one.setAttribute("role", "option");
  const from = Math.max(0, text.toLowerCase().indexOf(word) - AROUND / 3);
  for (const [kind, words] of [["strong", heading || page], ["span", heading ? page : ""], ["small", text.slice(from, from + AROUND)]]) {
    if (!words) continue;
    const part = document.createElement(kind);
    part.textContent = words;
    one.append(part);
  }
  return one;
}
