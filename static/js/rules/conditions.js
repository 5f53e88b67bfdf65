// The tree of conditions on the page: groups in groups, each condition one line of words and inputs.
import { announce, button, el, select } from "./dom.js";
import { checkboxes, dayInput, numberInput, searched } from "./inputs.js";
import { copyOf, depthOf, ends, groupsOf, isGroup, isKnownTest, kindOf, move, moveInto, nameOfEnd, newGroup, newLeaf, parentOf, takeField, takeTest, unitOf } from "./model.js";
import { chooser, fieldFinder } from "./picker.js";

const NUMBERS = new Set(["integer", "cents", "number"]);

/** Draw `root` into `place`; `changed(structure)` is called after each change. Returns draw(), to be called after a load. */
export function conditionTree({ place, root, vocabulary, find, changed }) {
  const names = vocabulary.names;
  let lifted = null;

  function draw(focusKey = "", part = "") {
    place.replaceChildren(drawGroup(root(), "conditions", 1, ""));
    if (!focusKey) return;
    const node = place.querySelector(`[data-key="${CSS.escape(focusKey)}"]`);
    const wanted = part && [...(node?.querySelectorAll(`[data-part="${part}"]`) ?? [])].find((one) => !one.disabled && one.closest("[data-key]") === node);
    (wanted ?? node?.querySelector("button:not([disabled]), select, input") ?? place.querySelector("button")).focus();
  }

  function after(focusKey, part, words = "") {
    draw(focusKey, part);
    changed();
    if (words) announce(words);
  }

  // --- Groups ---

  function drawGroup(group, path, depth, number) {
    const isRoot = depth === 1;
    const name = isRoot ? "The customers for whom" : `Group ${number} in which`;
    const match = select(vocabulary.matches, group.match, (value) => { group.match = value; draw(group.key, "match"); changed(); }, { "aria-label": `${name}…`, "data-part": "match" });
    const items = group.conditions.map((node, at) => el("li", { class: "rb-item" }, drawNode(node, `${path}.${group.match}[${at}]`, depth, at, group, number ? `${number}.${at + 1}` : String(at + 1))));
    return el("div", { class: `rb-group rb-group--${group.match}`, role: "group", "aria-label": `${name} ${match.selectedOptions[0]?.textContent ?? ""}`, "data-key": group.key },
      el("div", { class: "rb-group__head" }, el("span", { class: "rb-group__name" }, name), match, isRoot ? null : tools(group, "group")),
      slot(path),
      group.conditions.length
        ? el("ul", { class: "rb-items", role: "list", ondragover: allowDrop, ondrop: (event) => drop(event, group) }, items)
        : el("p", { class: "rb-group__empty", ondragover: allowDrop, ondrop: (event) => drop(event, group) }, isRoot ? "No condition yet: it would go to everybody in the audience. Add the first condition." : "This group is empty. Add a condition, or remove it."),
      el("div", { class: "rb-group__add" },
        button("Add condition", () => add(group, newLeaf()), { kind: isRoot ? "soft" : "quiet", "data-part": "add" }),
        depth < vocabulary.max_depth ? button("Add group", () => add(group, newGroup(group.match === "all" ? "any" : "all", [newLeaf()])), { kind: "quiet" }) : null));
  }

  function add(group, node) {
    group.conditions.push(node);
    after(isGroup(node) ? node.conditions[0].key : node.key, "field", isGroup(node) ? "Group added" : "Condition added");
    document.activeElement?.click(); // its list of fields: what comes next in any case
  }

  function drawNode(node, path, depth, at, group, number) {
    return isGroup(node) ? drawGroup(node, path, depth + 1, number) : drawLeaf(node, path, at, group, number);
  }

  // --- What can be done with a condition or a group ---

  function tools(node, what) {
    const say = (done) => (moved) => { if (moved) after(node.key, done.part, done.words); else announce("It cannot go further."); };
    const targets = [...groupsOf(root())].filter(({ group, depth }) => group !== parentOf(root(), node) && depth + depthOf(node) <= vocabulary.max_depth && !(isGroup(node) && [...groupsOf(node)].some((one) => one.group === group)));
    const into = targets.length
      ? select([["", "Move to…"], ...targets.map(({ group, depth }, place) => [String(place), depth === 1 ? "the outermost group" : `${"– ".repeat(depth - 2)}group: ${wordsOf(group.match)}${group.conditions.length ? `, with ${group.conditions.length}` : ", empty"}`])], "", (value) => {
          const target = targets[Number(value)];
          if (value !== "" && moveInto(root(), node, target.group, target.group.conditions.length, vocabulary.max_depth)) after(node.key, "into", "Moved");
        }, { "aria-label": `Move this ${what} into another group`, class: "rb-input rb-tools__into", "data-part": "into" })
      : null;
    const grip = el("span", { class: "rb-grip material-symbols-outlined", draggable: "true", "aria-hidden": "true", title: "Drag to move", ondragstart: (event) => lift(event, node), ondragend: () => { lifted = null; } }, "drag_indicator");
    return el("span", { class: "rb-tools", role: "group", "aria-label": `This ${what}` }, grip, into,
      button(`Move ${what} up`, () => say({ part: "up", words: "Moved up" })(move(root(), node, -1)), { symbol: "arrow_upward", kind: "tool", "data-part": "up", "aria-keyshortcuts": "Alt+ArrowUp" }),
      button(`Move ${what} down`, () => say({ part: "down", words: "Moved down" })(move(root(), node, 1)), { symbol: "arrow_downward", kind: "tool", "data-part": "down", "aria-keyshortcuts": "Alt+ArrowDown" }),
      button(`Duplicate ${what}`, () => duplicate(node), { symbol: "content_copy", kind: "tool", "data-part": "copy" }),
      button(`Remove ${what}`, () => remove(node, what), { symbol: "delete", kind: "tool", "data-part": "remove" }));
  }

  const wordsOf = (match) => vocabulary.matches.find(([one]) => one === match)?.[1] ?? match;

  function duplicate(node) {
    const parent = parentOf(root(), node);
    const copy = copyOf(node);
    parent.conditions.splice(parent.conditions.indexOf(node) + 1, 0, copy);
    after(copy.key, "field", "Duplicated");
  }

  function remove(node, what) {
    const parent = parentOf(root(), node);
    const at = parent.conditions.indexOf(node);
    parent.conditions.splice(at, 1);
    const next = parent.conditions[Math.min(at, parent.conditions.length - 1)];
    after(next?.key ?? parent.key, next ? (isGroup(next) ? "match" : "field") : "add");
    offerUndo(what, () => { parent.conditions.splice(at, 0, node); after(node.key, isGroup(node) ? "match" : "field", "It is back"); });
  }

  function offerUndo(what, undo) {
    const bar = el("p", { class: "rb-undo", role: "status" }, `The ${what} is removed. `, button("Undo", () => { bar.remove(); undo(); }, { kind: "quiet" }));
    place.append(bar);
    setTimeout(() => bar.remove(), 12_000);
  }

  place.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const key = event.target.closest("[data-key]")?.dataset.key;
    const node = [...everyNode(root())].find((one) => one.key === key);
    if (!node || node === root()) return;
    event.preventDefault();
    const part = event.target.closest("[data-part]")?.dataset.part ?? "";
    if (move(root(), node, event.key === "ArrowUp" ? -1 : 1)) after(node.key, part, "Moved");
    else announce("It cannot go further.");
  });

  function* everyNode(group) {
    for (const node of group.conditions) {
      yield node;
      if (isGroup(node)) yield* everyNode(node);
    }
  }

  // --- By mouse: lift one, drop it before another or into a group ---

  function lift(event, node) {
    lifted = node;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "condition");
    const row = event.target.closest("[data-key]");
    if (row) event.dataTransfer.setDragImage(row, 8, 8);
  }

  function allowDrop(event) {
    if (lifted) event.preventDefault();
  }

  function drop(event, group) {
    if (!lifted) return;
    event.preventDefault();
    event.stopPropagation();
    const rows = [...event.currentTarget.children].filter((row) => row.matches(".rb-item"));
    const before = rows.findIndex((row) => event.clientY < row.getBoundingClientRect().top + row.offsetHeight / 2);
    const node = lifted;
    lifted = null;
    if (moveInto(root(), node, group, before < 0 ? group.conditions.length : before, vocabulary.max_depth)) after(node.key, "", "Moved");
    else announce("It cannot go there: groups may be nested four deep.");
  }

  // --- One condition ---

  function drawLeaf(leaf, path, at, group, number) {
    const field = vocabulary.field(leaf.field);
    const ordinal = `Condition ${number}`;
    const joined = at > 0 ? el("span", { class: "rb-joint", "aria-hidden": "true" }, { all: "and", any: "or", none: "nor" }[group.match] ?? "and") : null;
    const pick = chooser({
      words: field?.label ?? (leaf.field ? `unknown field ${leaf.field}` : "Choose a field"), label: `${ordinal}, field`, isEmpty: !field, placeholder: "Search fields, such as balance or refill",
      find: fieldFinder(vocabulary), "data-part": "field", "data-path": `${path}.field`,
      onpick: (name) => { takeField(leaf, vocabulary.field(name), vocabulary); after(leaf.key, "test"); },
    });
    const body = field ? [look(leaf, field, ordinal), per(leaf, field, ordinal), test(leaf, field, ordinal, path), values(leaf, field, ordinal, path)] : [];
    return el("div", { class: "rb-leaf", role: "group", "aria-label": ordinal, "data-key": leaf.key },
      joined, el("div", { class: "rb-leaf__line" }, pick, body, tools(leaf, "condition")),
      field ? el("p", { class: "rb-leaf__note" }, field.meaning, field.missing === "zero" && !isKnownTest(leaf.test) ? " If nothing is known it counts as none." : "") : null,
      slot(path));
  }

  function look(leaf, field, ordinal) {
    if (field.type !== "date") return null;
    return select(vocabulary.transforms, leaf.look, (value) => {
      leaf.look = value;
      [leaf.low, leaf.high] = [null, null];
      takeTest(leaf, vocabulary.tests[kindOf(leaf, field)][0][0]);
      after(leaf.key, "look");
    }, { "aria-label": `${ordinal}, what of the date`, "data-part": "look" });
  }

  function per(leaf, field, ordinal) {
    if (!NUMBERS.has(field.type) || isKnownTest(leaf.test)) return null;
    const other = vocabulary.field(leaf.per);
    const pick = chooser({
      words: other ? `divided by ${other.label}` : "÷", label: `${ordinal}, divided by`, isEmpty: false, placeholder: "Divide by which field?", "data-part": "per",
      find: fieldFinder(vocabulary, (one) => NUMBERS.has(one.type) && one.name !== leaf.field),
      onpick: (name) => { leaf.per = name; [leaf.low, leaf.high] = [null, null]; after(leaf.key, "test"); },
    });
    return other ? [pick, button(`${ordinal}: do not divide`, () => { leaf.per = ""; [leaf.low, leaf.high] = [null, null]; after(leaf.key, "per"); }, { symbol: "close", kind: "tool" })] : pick;
  }

  function test(leaf, field, ordinal, path) {
    return select(vocabulary.tests[kindOf(leaf, field)], leaf.test, (value) => { takeTest(leaf, value); after(leaf.key, "test"); }, { "aria-label": `${ordinal}, test`, "data-part": "test", "data-path": `${path}.test` });
  }

  function values(leaf, field, ordinal, path) {
    const kind = kindOf(leaf, field);
    if (isKnownTest(leaf.test) || kind === "flag") return null;
    if (kind === "text" || kind === "set") {
      const onvalues = (chosen) => { leaf.values = chosen; changed(); };
      if (Object.keys(field.choices).length) return checkboxes({ choices: field.choices, chosen: leaf.values, label: `${ordinal}, choices`, path: `${path}.values`, onvalues });
      return searched({ of: field.elements || "category", chosen: leaf.values, label: `${ordinal}, choices`, path: `${path}.values`, names, find, onvalues });
    }
    const inputs = ends(leaf.test).map((end, place, all) => {
      const label = all.length === 1 ? `${ordinal}, value` : `${ordinal}, ${end === "low" ? "from" : "to"}`;
      return kind === "date"
        ? dayInput({ day: leaf[end], label, path: `${path}.${nameOfEnd(leaf.test, end)}`, onday: (day) => { leaf[end] = day; changed(); } })
        : numberInput({ value: leaf[end], unit: unitOf(leaf, field), label, whole: field.type === "integer" && !leaf.per, path: `${path}.${nameOfEnd(leaf.test, end)}`, onvalue: (value) => { leaf[end] = value; changed(); } });
    });
    const hint = leaf.per ? el("span", { class: "rb-soft" }, "0.5 is a half") : null;
    return inputs.length === 2 ? [inputs[0], el("span", { class: "rb-and" }, "and"), inputs[1], hint] : [...inputs, hint];
  }

  return draw;
}

/** Where findings about a path are told. */
export const slot = (path) => el("div", { class: "rb-findings", "data-findings": path });
