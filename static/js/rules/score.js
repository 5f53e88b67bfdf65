// The score: a base and terms, each with its curve drawn small and its points at a few values in words.
import { announce, button, el, select, svg } from "./dom.js";
import { numberInput } from "./inputs.js";
import { operandFromJson, operandToJson, unitOf } from "./model.js";
import { chooser, fieldFinder } from "./picker.js";
import { slot } from "./conditions.js";
import { pointsAt, said } from "./values.js";

const NUMBERS = new Set(["integer", "cents", "number"]);
const WIDTH = 132;
const HEIGHT = 44;

export function scoreForm({ place, terms, vocabulary, changed }) {
  const fits = (field) => NUMBERS.has(field.type) || field.type === "date";

  function draw(focus = -1, part = "field") {
    place.replaceChildren(...terms().map(drawTerm), button("Add what makes it more relevant", add, { kind: terms().length ? "quiet" : "soft", "data-part": "add-term" }));
    if (focus >= 0) (place.querySelectorAll(".rb-term")[focus]?.querySelector(`[data-part="${part}"]`) ?? place.querySelector('[data-part="add-term"]')).focus();
  }

  function add() {
    terms().push({ field: "", look: "value", per: "", low: null, high: null, points: null });
    draw(terms().length - 1);
    changed();
  }

  function drawTerm(term, at) {
    const field = vocabulary.field(term.field);
    const ordinal = `Term ${at + 1}`;
    const path = `score.terms[${at}]`;
    const unit = unitOf(term, field);
    const curve = el("div", { class: "rb-term__curve" });
    const redraw = () => { curve.replaceChildren(...drawCurve(term, unit)); changed(); };
    const number = (name, label, ofUnit) => numberInput({ value: term[name], unit: ofUnit, label: `${ordinal}, ${label}`, path: `${path}.${name}`, onvalue: (value) => { term[name] = value; redraw(); } });
    const pick = chooser({
      words: field?.label ?? (term.field ? `unknown field ${term.field}` : "Choose a field"), label: `${ordinal}, field`, isEmpty: !field, placeholder: "Search fields",
      find: fieldFinder(vocabulary, fits), "data-part": "field", "data-path": `${path}.field`,
      onpick: (name) => {
        const chosen = vocabulary.field(name);
        if (!field || field.type !== chosen.type) Object.assign(term, { low: null, high: null, per: "", look: chosen.type === "date" ? "days_until" : "value" });
        term.field = name;
        draw(at);
        changed();
      },
    });
    const look = field?.type === "date"
      ? select(vocabulary.transforms.filter(([value]) => value !== "value"), term.look, (value) => { term.look = value; draw(at, "look"); changed(); }, { "aria-label": `${ordinal}, what of the date`, "data-part": "look" })
      : null;
    curve.replaceChildren(...drawCurve(term, unit));
    return el("div", { class: "rb-term", role: "group", "aria-label": ordinal },
      el("div", { class: "rb-term__line" }, pick, look, field ? per(term, field, ordinal, at) : null, el("span", { class: "rb-tools" },
        button("Move term up", () => shift(at, -1), { symbol: "arrow_upward", kind: "tool", disabled: at === 0, "data-part": "up" }),
        button("Move term down", () => shift(at, 1), { symbol: "arrow_downward", kind: "tool", disabled: at === terms().length - 1, "data-part": "down" }),
        button("Remove term", () => remove(at), { symbol: "delete", kind: "tool" }))),
      field ? el("div", { class: "rb-term__numbers" },
        el("label", { class: "rb-mini" }, el("span", {}, "No points at"), number("low", "no points at", unit)),
        el("label", { class: "rb-mini" }, el("span", {}, "All points at"), number("high", "all points at", unit)),
        el("label", { class: "rb-mini" }, el("span", {}, "Points"), number("points", "points", "")),
        curve) : null,
      slot(path));
  }

  function per(term, field, ordinal, at) {
    if (!NUMBERS.has(field.type)) return null;
    const other = vocabulary.field(term.per);
    const set = (name) => { Object.assign(term, { per: name, low: null, high: null }); draw(at, "per"); changed(); };
    return [chooser({ words: other ? `divided by ${other.label}` : "÷", label: `${ordinal}, divided by`, placeholder: "Divide by which field?", "data-part": "per", find: fieldFinder(vocabulary, (one) => NUMBERS.has(one.type) && one.name !== term.field), onpick: set }),
      other ? button(`${ordinal}: do not divide`, () => set(""), { symbol: "close", kind: "tool" }) : null];
  }

  function shift(at, step) {
    const [term] = terms().splice(at, 1);
    terms().splice(at + step, 0, term);
    draw(at + step, step < 0 ? "up" : "down");
    changed();
    announce("Moved");
  }

  function remove(at) {
    terms().splice(at, 1);
    draw(Math.min(at, terms().length - 1));
    if (!terms().length) place.querySelector('[data-part="add-term"]').focus();
    changed();
    announce("Term removed");
  }

  return draw;
}

/** The curve from a bit before the first end to a bit behind the second, and its points in words. */
function drawCurve(term, unit) {
  const { low, high, points } = term;
  if (![low, high, points].every(Number.isFinite)) return [el("p", { class: "rb-soft" }, "With both ends and points the curve appears here.")];
  const [first, last] = [Math.min(low, high), Math.max(low, high)];
  const margin = (last - first || 1) * 0.25;
  const top = Math.max(points, 0);
  const bottom = Math.min(points, 0);
  const x = (value) => 4 + ((value - first + margin) / (last - first + 2 * margin)) * (WIDTH - 8);
  const y = (value) => HEIGHT - 4 - ((value - bottom) / (top - bottom || 1)) * (HEIGHT - 8);
  const values = low === high ? [first - margin, low - 1e-9, high, last + margin] : [first - margin, first, last, last + margin];
  const line = values.map((value) => `${x(value).toFixed(1)},${y(pointsAt(term, value)).toFixed(1)}`).join(" ");
  const middle = (low + high) / 2;
  const words = [[low, "or " + (low <= high ? "less" : "more")], [middle, ""], [high, "or " + (low <= high ? "more" : "less")]]
    .map(([value, more]) => `${said(unit === "days" ? Math.round(value) : value, unit)}${more ? ` ${more}` : ""}: ${said(Math.round(pointsAt(term, unit === "days" ? Math.round(value) : value) * 10) / 10, "")}`);
  return [
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "rb-curve", role: "img", "aria-label": `Points: ${words.join("; ")}` },
      svg("line", { x1: 4, x2: WIDTH - 4, y1: y(0), y2: y(0), class: "rb-curve__base" }), svg("polyline", { points: line, class: "rb-curve__line" })),
    el("ul", { class: "rb-points", role: "list" }, words.map((one) => el("li", {}, one))),
  ];
}

export function termToJson(term) {
  const numbers = Object.entries({ low: term.low, high: term.high, points: term.points }).filter(([, value]) => value !== null);
  return { ...operandToJson(term), ...Object.fromEntries(numbers) };
}

export const termFromJson = (term) => ({ ...operandFromJson(term), low: term?.low ?? null, high: term?.high ?? null, points: term?.points ?? null });
