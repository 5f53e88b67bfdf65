// The tree of conditions as the form works on it, and its written form. Every node has a key of its own, so that the focus
// finds its place again after the tree was drawn anew.

let lastKey = 0;
const newKey = () => `n${(lastKey += 1)}`;
const NUMBERS = new Set(["integer", "cents", "number"]);
const KNOWN = new Set(["is_known", "is_missing"]);
export const TWO_ENDED = new Set(["between", "outside"]);
const UPPER = new Set(["less_than", "at_most", "on_or_before"]);

export const isGroup = (node) => "conditions" in node;
export const newGroup = (match = "all", conditions = []) => ({ key: newKey(), match, conditions });

/** A condition without a field yet, or with one and the first test of its kind. */
export function newLeaf(field = null, vocabulary = null) {
  const leaf = { key: newKey(), field: "", look: "value", per: "", test: "", low: null, high: null, values: [] };
  return field ? takeField(leaf, field, vocabulary) : leaf;
}

/** Point a condition at another field; what was typed stays where it still makes sense. */
export function takeField(leaf, field, vocabulary) {
  const before = vocabulary.field(leaf.field);
  leaf.field = field.name;
  if (!before || before.type !== field.type || before.elements !== field.elements) {
    Object.assign(leaf, { look: field.type === "date" ? "days_until" : "value", per: "", low: null, high: null, values: [] });
  } else if (field.type === "text" || field.type === "set") {
    leaf.values = leaf.values.filter((value) => value in field.choices || field.elements);
  }
  if (!NUMBERS.has(field.type)) leaf.per = "";
  return takeTest(leaf, vocabulary.tests[kindOf(leaf, field)].some(([test]) => test === leaf.test) ? leaf.test : vocabulary.tests[kindOf(leaf, field)][0][0]);
}

/** Which list of tests a condition is chosen from, and which inputs it needs. */
export function kindOf(leaf, field) {
  if (!field) return "number";
  if (field.type === "date") return leaf.look === "value" ? "date" : "days";
  return NUMBERS.has(field.type) ? "number" : field.type;
}

/** Change the test; a value typed for one end moves to the end that the new test looks at. */
export function takeTest(leaf, test) {
  const [wasHigh, isHigh] = [UPPER.has(leaf.test), UPPER.has(test)];
  leaf.test = test;
  if (TWO_ENDED.has(test) || KNOWN.has(test)) return leaf;
  if (isHigh && !wasHigh && leaf.high === null) [leaf.low, leaf.high] = [null, leaf.low];
  if (!isHigh && wasHigh && leaf.low === null) [leaf.low, leaf.high] = [leaf.high, null];
  return leaf;
}

export const ends = (test) => (TWO_ENDED.has(test) ? ["low", "high"] : UPPER.has(test) ? ["high"] : ["low"]);
export const isKnownTest = (test) => KNOWN.has(test);

/** The unit of what a condition or a score term looks at: "cents", "days", "%" or "" (a plain number, or a ratio). */
export function unitOf(operand, field) {
  if (!field) return "";
  if (field.type === "date") return "days";
  if (operand.per) return "";
  return field.type === "cents" ? "cents" : field.unit === "cents" ? "cents" : field.unit;
}

// --- Written form: {"all": […]}, {"field", "test", "value"}, as rules/definition/conditions.py reads it --------------------

const MATCHES = ["all", "any", "none"];

export function fromJson(node) {
  if (!node || typeof node !== "object") return newLeaf();
  const match = MATCHES.find((one) => Array.isArray(node[one]));
  if (match && !("field" in node)) return newGroup(match, node[match].map(fromJson));
  const test = String(node.test ?? "");
  const leaf = { ...newLeaf(), ...operandFromJson(node), test, values: Array.isArray(node.values) ? node.values.map(String) : [] };
  if ("value" in node) leaf[ends(test)[0]] = node.value;
  else Object.assign(leaf, { low: node.low ?? null, high: node.high ?? null });
  return leaf;
}

export function toJson(node, vocabulary) {
  if (isGroup(node)) return { [node.match]: node.conditions.map((one) => toJson(one, vocabulary)) };
  const kind = kindOf(node, vocabulary.field(node.field));
  if (KNOWN.has(node.test) || kind === "flag") return { field: node.field, test: node.test };
  if (kind === "text" || kind === "set") return { field: node.field, test: node.test, values: node.values };
  const written = { ...operandToJson(node), test: node.test };
  for (const end of ends(node.test)) if (node[end] !== null) written[nameOfEnd(node.test, end)] = node[end];
  return written;
}

/** "low" and "high" where a test has two ends, else "value". */
export const nameOfEnd = (test, end) => (TWO_ENDED.has(test) ? end : "value");

export function operandToJson({ field, look, per }) {
  return { field, ...(look !== "value" && { as: look }), ...(per && { per }) };
}

export function operandFromJson(node) {
  return { field: String(node?.field ?? ""), look: String(node?.as ?? "value"), per: String(node?.per ?? "") };
}

// --- Moves ------------------------------------------------------------------------------------------------------

export const copyOf = (node) => (isGroup(node) ? newGroup(node.match, node.conditions.map(copyOf)) : { ...structuredClone(node), key: newKey() });

export const depthOf = (node) => (isGroup(node) ? 1 + Math.max(0, ...node.conditions.map(depthOf)) : 0);

/** Every group with its depth (the root is 1), from the top. */
export function* groupsOf(node, depth = 1) {
  yield { group: node, depth };
  for (const one of node.conditions) if (isGroup(one)) yield* groupsOf(one, depth + 1);
}

/** Up: before its neighbour; at the top of a group, out of it and before it. Down likewise. Returns whether it moved. */
export function move(root, node, step) {
  const parent = parentOf(root, node);
  if (!parent) return false;
  const place = parent.conditions.indexOf(node);
  const neighbour = place + step;
  if (neighbour >= 0 && neighbour < parent.conditions.length) {
    parent.conditions.splice(place, 1);
    parent.conditions.splice(neighbour, 0, node);
    return true;
  }
  const above = parentOf(root, parent);
  if (!above) return false;
  parent.conditions.splice(place, 1);
  above.conditions.splice(above.conditions.indexOf(parent) + (step > 0 ? 1 : 0), 0, node);
  return true;
}

/** Into another group, at its end or at a place. Refused where it would lie in itself, or too deep. */
export function moveInto(root, node, group, place, mostDepth) {
  const target = [...groupsOf(root)].find((one) => one.group === group);
  if (!target || target.depth + depthOf(node) > mostDepth || (isGroup(node) && [...groupsOf(node)].some((one) => one.group === group))) return false;
  const parent = parentOf(root, node);
  const before = parent.conditions.indexOf(node);
  parent.conditions.splice(before, 1);
  const shift = parent === group && before < place ? 1 : 0;
  group.conditions.splice(place - shift, 0, node);
  return true;
}

export function parentOf(root, node) {
  for (const { group } of groupsOf(root)) if (group.conditions.includes(node)) return group;
  return null;
}
