// Title and body: values are put in by choosing them; chips below a text say what each placeholder stands for.
import { button, el } from "./dom.js";
import { chooser, fieldFinder } from "./picker.js";

const PLACEHOLDER = /\{([a-z0-9_]+)\}/g;

export function textField({ input, tools, vocabulary }) {
  let caret = [input.value.length, input.value.length];
  const remember = () => { caret = [input.selectionStart ?? input.value.length, input.selectionEnd ?? input.value.length]; };
  for (const name of ["keyup", "click", "select", "blur"]) input.addEventListener(name, remember);
  input.addEventListener("input", () => { remember(); draw(); });

  /** As if it had been typed: whoever keeps the draft listens to that. */
  const tell = () => input.dispatchEvent(new Event("input", { bubbles: true }));

  function insert(name) {
    const text = `{${name}}`;
    const [from] = caret;
    input.setRangeText(text, caret[0], caret[1], "end");
    tell();
    queueMicrotask(() => { input.focus(); input.setSelectionRange(from + text.length, from + text.length); remember(); });
  }

  function draw() {
    const used = [...new Set([...input.value.matchAll(PLACEHOLDER)].map(([, name]) => name))];
    tools.replaceChildren(
      chooser({ words: "Insert a value", label: `Insert a value into the ${input.dataset.words}`, placeholder: "Which value?", find: fieldFinder(vocabulary, (field) => field.type !== "flag"), onpick: insert }),
      ...used.map(chip),
      el("span", { class: "rb-count" }, `${input.value.length} of ${input.maxLength}`));
  }

  function chip(name) {
    const field = vocabulary.field(name);
    const words = field ? field.label : `${name} is no field`;
    return el("span", { class: `rb-chip${field ? "" : " rb-chip--fault"}` }, words,
      button(`Take “${words}” out of the ${input.dataset.words}`, () => { input.value = input.value.replaceAll(`{${name}}`, ""); tell(); input.focus(); }, { symbol: "close", kind: "chip" }));
  }

  return draw;
}
