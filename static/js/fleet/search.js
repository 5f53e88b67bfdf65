// Finding a terminal, store or merchant by what somebody says on the phone. A combobox: arrows choose, Enter goes there.

import { el } from "./dom.js";

const PAUSE_MS = 180;

export function openSearch({ input, list, said, url, terminalUrl, choose }) {
  let timer, chosen = -1, asked = 0;

  async function look() {
    const query = input.value.trim();
    asked += 1;
    const mine = asked;
    if (query.length < 2) return close();
    const response = await fetch(`${url}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    if (mine !== asked) return;
    if (!response?.ok) return fill([], "No answer. Try again in a moment.");
    const { terminals, stores, merchants } = await response.json();
    fill([
      ...merchants.map(([key, name]) => option(name, "Merchant", () => choose("merchant", key))),
      ...stores.map(([key, name, merchant]) => option(name, `Store of ${merchant}`, () => choose("store", key))),
      ...terminals.map(([number, label, serial, store, merchant]) => option(label, `${serial} · ${store}, ${merchant}`, () => { location.href = terminalUrl(number); })),
    ], "");
  }

  function option(name, what, go) {
    const made = el("li", { role: "option", id: `found-${Math.random().toString(36).slice(2)}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); close(); go(); } },
      el("strong", {}, name), " ", el("span", { class: "fl-soft" }, what));
    made.go = go;
    return made;
  }

  function fill(options, trouble) {
    chosen = -1;
    list.replaceChildren(...options);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(options.length > 0));
    said.textContent = trouble || (options.length ? `${options.length} found` : "Nothing is called so. Serials, labels, stores and merchants are looked through.");
  }

  function close() {
    asked += 1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    said.textContent = "";
  }

  function mark(to) {
    const options = [...list.children];
    if (!options.length) return;
    chosen = (to + options.length) % options.length;
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === chosen)));
    options[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[chosen].id);
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE_MS); });
  input.addEventListener("blur", () => setTimeout(close, 100));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(chosen - 1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      event.preventDefault();
      const option = list.children[Math.max(chosen, 0)];
      if (!list.hidden && option) { const { go } = option; close(); input.value = ""; go(); }
    }
  });
}
