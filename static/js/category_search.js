// A search field over the categories of a select: a combobox with a list, by the ARIA pattern. The select stays for forms without scripts.

const MOST_SHOWN = 8;
const STATUSES = [["eligible", "Eligible", "e"], ["letter", "Letter", "l"], ["rx", "Prescription", "r"], ["not_eligible", "Not eligible", "n"]];
const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Replace the select in `box`; `choose` is called with a category's code. Returns {open(status)}. */
export function searchable(box, choose) {
  const select = box.querySelector("select");
  const all = [...select.querySelectorAll("option[value]:not([value=''])")].map((option) => ({
    code: option.value, name: option.textContent, group: option.parentElement.label, status: option.parentElement.dataset.status,
    words: words(`${option.textContent} ${option.parentElement.label}`),
  }));
  const id = select.id;
  const input = make("input", { id, type: "text", autocomplete: "off", spellcheck: false }, {
    role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": `${id}-list`, "aria-keyshortcuts": "/",
  });
  const list = make("ul", { id: `${id}-list`, hidden: true, className: "review__found" }, { role: "listbox", "aria-label": "Categories" });
  const chips = make("div", { className: "review__chips" }, { role: "group", "aria-label": "Only those that are" });
  const count = make("p", { className: "vh" }, { role: "status" });
  let status = "";
  let found = [];
  let at = -1;

  for (const [value, label, key] of STATUSES) {
    const chip = make("button", { type: "button", className: "btn btn--small" }, { "aria-pressed": "false", "aria-keyshortcuts": key });
    chip.append(label, " ", make("kbd", { textContent: key }, { "aria-hidden": "true" }));
    chip.dataset.status = value;
    chip.addEventListener("click", () => open(status === value ? "" : value));
    chips.append(chip);
  }
  select.replaceWith(input);
  box.querySelector("[data-plain]").remove();
  input.after(list);
  box.append(chips, count);

  function open(wanted) {
    status = wanted;
    for (const chip of chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.status === status));
    input.focus();
    refresh();
  }

  function refresh() {
    const asked = words(input.value);
    found = all.filter((one) => (!status || one.status === status) && asked.every((word) => one.words.some((own) => own.startsWith(word))));
    const begins = (one) => (one.name.toLowerCase().startsWith(input.value.trim().toLowerCase()) ? 0 : 1);
    found = found.sort((a, b) => begins(a) - begins(b) || a.name.localeCompare(b.name)).slice(0, asked.length || status ? 40 : MOST_SHOWN * 5);
    list.replaceChildren(...found.map(optionOf));
    mark(found.length && asked.length ? 0 : -1);
    setOpen(true);
    count.textContent = found.length ? `${found.length} categories` : "No category has these words.";
    if (!found.length) list.append(make("li", { textContent: "No category has these words.", className: "soft" }, { role: "option", "aria-disabled": "true" }));
  }

  function optionOf(one, index) {
    const option = make("li", { id: `${id}-${index}` }, { role: "option", "aria-selected": "false" });
    option.append(one.name, make("span", { className: "soft small", textContent: ` ${one.group}` }));
    option.addEventListener("pointerdown", (event) => event.preventDefault());
    option.addEventListener("click", () => pick(index));
    return option;
  }

  function mark(index) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = index;
    const option = at >= 0 ? list.children[at] : null;
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function setOpen(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
  }

  function pick(index) {
    if (!found[index]) return;
    setOpen(false);
    choose(found[index].code);
  }

  input.addEventListener("input", refresh);
  input.addEventListener("focus", refresh);
  input.addEventListener("blur", () => setOpen(false));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      event.preventDefault();
      if (list.hidden) setOpen(true);
      mark((at + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      pick(at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (list.hidden) input.blur();
      else setOpen(false);
    }
  });
  return { open };
}

function make(tag, properties, attributes = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
