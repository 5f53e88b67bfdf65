// Which card pays how much. `planFor` decides from what is known so far; nothing here touches the page.
import { money, t } from "./words.js";

export const KIND_WORDS = {
  fsa: t("FSA card"),
  hsa: t("HSA card"),
  hra: t("HRA card"),
  lpfsa: t("Limited-purpose FSA card"),
  multi: t("Benefit card"),
  unknown: t("Benefit card"),
};
const ANY_KIND_WORD = t("FSA or HSA card");
const SECOND_WORD = t("Second FSA or HSA card");
const LIKELIEST_KINDS = ["fsa", "hsa", "multi", "hra", "unknown", "lpfsa"];

/** The kind to show before a card is typed: the strictest that pays anything; null if none pays. */
export function expectedKind(splits) {
  return LIKELIEST_KINDS.find((kind) => splits[kind]?.benefit_cents > 0) ?? null;
}

/**
 * wanted: "benefit" or "single" (the shopper has no benefit card); kind: what the first frame recognised, or null; second: the kind
 * in the second benefit frame, null while unknown, undefined without one; limit: the most the first benefit card shall pay, or null;
 * partial: {approved_cents, second_cents?} after a partial approval, or null. Cents are integers and always sum to `total`.
 */
export function planFor({ wanted, kind, second, limit = null, minimum = 0, partial, splits, total }) {
  const single = { benefit: 0, second: 0, other: total, lines: {}, benefitWord: ANY_KIND_WORD, secondWord: SECOND_WORD, otherWord: t("Card") };
  if (wanted === "single") return { ...single, way: "single" };
  if (kind === "none") return { ...single, way: "ordinary" }; // an ordinary card typed in the first place pays for all
  const split = splits[kind ?? expectedKind(splits) ?? "fsa"] ?? { benefit_cents: 0, lines: {} };
  const asked = Math.min(split.benefit_cents, limit ?? total, total);
  const first = partial ? partial.approved_cents : asked;
  const behind = second === undefined ? 0 : secondPart(split, splits[second ?? expectedKind(splits) ?? "fsa"], first, partial);
  const [benefit, other] = lifted(first, total - first - behind, minimum, partial);
  return {
    way: "split",
    benefit,
    second: behind,
    other,
    lines: partial || behind || benefit !== split.benefit_cents ? null : split.lines, // then money is split, not lines
    benefitWord: KIND_WORDS[kind] ?? ANY_KIND_WORD,
    secondWord: KIND_WORDS[second] ? t("Second card ({kind})", { kind: KIND_WORDS[second] }) : SECOND_WORD,
    otherWord: t("Other card"),
  };
}

/** What a second benefit card is asked for: of what is eligible for either, what the first leaves; never more than its own. */
function secondPart(one, two, first, partial) {
  if (!two?.benefit_cents) return 0;
  if (partial?.second_cents !== undefined) return partial.second_cents;
  const eligible = Object.keys(one.lines).reduce((sum, position) => sum + Math.max(one.lines[position].benefit_cents, two.lines[position].benefit_cents), 0);
  return Math.max(0, Math.min(two.benefit_cents, eligible - first));
}

/** A rest below the smallest charge takes what it lacks from the benefit card, as the server does. */
function lifted(benefit, other, minimum, partial) {
  const lacks = other > 0 ? Math.max(0, minimum - other) : 0;
  return partial || benefit - lacks < minimum ? [benefit, other] : [benefit - lacks, other + lacks];
}

/** Who pays one line, in words. */
export function payerWords(plan, line) {
  if (plan.way !== "split") return "";
  if (!plan.lines) return "";
  const benefit = plan.lines[line.position]?.benefit_cents ?? 0;
  if (benefit >= line.total) return plan.benefitWord;
  if (benefit === 0) return t("Other card");
  return t("{card} {amount} · other card {rest}", { card: plan.benefitWord, amount: money(benefit), rest: money(line.total - benefit) });
}

/** One sentence for the live region. */
export function splitSentence(plan) {
  const sums = { card: plan.benefitWord, amount: money(plan.benefit), second: money(plan.second), rest: money(plan.other) };
  if (plan.way !== "split") return t("One card pays {rest}.", sums);
  if (plan.second && plan.other) return t("Your {card} pays {amount}, your second one {second}, the other card {rest}.", sums);
  if (plan.second) return t("Your {card} pays {amount}, your second one {second}.", sums);
  if (!plan.other) return t("Your {card} pays {amount}, the whole order.", sums);
  if (!plan.benefit) return t("Your {card} pays for nothing in this order. The other card pays {rest}.", sums);
  return t("Your {card} pays {amount}, the other card pays {rest}.", sums);
}

/** The splits where the shopper keeps these lines (positions, as text) off their benefit cards. */
export function withoutLines(splits, keptOff) {
  if (!keptOff.size) return splits;
  return Object.fromEntries(Object.entries(splits).map(([kind, split]) => {
    const lines = Object.fromEntries(Object.entries(split.lines).map(([position, line]) => [position, keptOff.has(position) ? { ...line, benefit_cents: 0 } : line]));
    const benefit = Object.values(lines).reduce((sum, line) => sum + line.benefit_cents, 0);
    return [kind, { ...split, lines, benefit_cents: benefit, other_cents: split.benefit_cents + split.other_cents - benefit }];
  }));
}

/** The splits where benefit cards also hold the money for items whose letter is awaited. */
export function withLetters(splits) {
  return Object.fromEntries(Object.entries(splits).map(([kind, split]) => {
    const lines = Object.fromEntries(Object.entries(split.lines).map(([position, line]) => [position, { ...line, benefit_cents: line.benefit_cents + line.awaiting_cents }]));
    const benefit = Object.values(lines).reduce((sum, line) => sum + line.benefit_cents, 0);
    return [kind, { ...split, lines, benefit_cents: benefit, other_cents: split.benefit_cents + split.other_cents - benefit }];
  }));
}

/** The kinds that "FSA or HSA card" stands for while nobody has typed one. */
const NAMED_KINDS = ["fsa", "hsa"];

/** Before the kind is known: the most that a named kind would pay, and whether they differ. → {most, differs} */
export function outlook(splits) {
  const amounts = NAMED_KINDS.map((kind) => splits[kind]?.benefit_cents ?? 0);
  return { most: Math.max(...amounts), differs: new Set(amounts).size > 1 };
}

/** Does it depend on the kind of card who pays this line? */
export function dependsOnKind(splits, position) {
  return new Set(NAMED_KINDS.map((kind) => splits[kind]?.lines[position]?.benefit_cents ?? 0)).size > 1;
}

/** What to say above the other card's fields: a benefit card does not belong there. */
export function cardNote(plan, kind) {
  if (!KIND_WORDS[kind]) return "";
  return plan.way === "single"
    ? t("This is a benefit card: it pays for eligible items only. Choose “Use an FSA or HSA card” below to split the order.")
    : t("This is a benefit card too: it would refuse what is not eligible. Enter an ordinary card here.");
}

/** What to say above the benefit card's fields. minimum: the smallest charge; keepsOff: the shopper took items off the card. */
export function benefitNote(plan, kind, { minimum = 0, keepsOff = false } = {}) {
  if (plan.way === "ordinary") return t("This is not an FSA or HSA card, so it would pay for everything: {amount}.", { amount: money(plan.other) });
  if (!plan.benefit && keepsOff) return t("You keep every item off this card. Put one back on it, or pay without it.");
  if (!plan.benefit && kind === "lpfsa") return t("A limited-purpose FSA pays for dental, vision and preventive care only; nothing here is any of them.");
  if (!plan.benefit) return t("This card cannot pay for anything in this order. Type another one, or pay without it: use another card below.");
  if (plan.benefit < minimum) return t("Only {amount} would go on this card, and a card is charged {least} at least: pay with one card.", { amount: money(plan.benefit), least: money(minimum) });
  if (plan.other && plan.other < minimum) return t("Only {amount} would be left for the other card, and a card is charged {least} at least: let this card pay less.", { amount: money(plan.other), least: money(minimum) });
  return "";
}

/** The frames of the cards this plan charges, in the order in which their banks are asked. */
export function rolesOf(now, { second, partial }) {
  if (now.way === "single") return ["card"];
  if (now.way === "ordinary") return ["benefit"];
  const roles = now.benefit > 0 || partial ? ["benefit"] : [];
  if (second !== undefined && (now.second > 0 || partial)) roles.push("second");
  return now.other > 0 ? [...roles, "card"] : roles;
}

/** Which card a refusal is about: cards[1] is the second that was sent. */
export function placeOf(param, roles) {
  const sent = /^cards\[(\d)\]/.exec(param ?? "");
  return sent ? (roles[Number(sent[1])] ?? "pay") : param === "card_token" ? "card" : "pay";
}
