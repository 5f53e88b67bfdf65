// Which card pays how much. `planFor` decides from what is known so far; nothing here touches the page.

export const KIND_WORDS = {
  fsa: "FSA card",
  hsa: "HSA card",
  hra: "HRA card",
  lpfsa: "Limited-purpose FSA card",
  multi: "Benefit card",
};
const ANY_KIND_WORD = "FSA or HSA card";
const LIKELIEST_KINDS = ["fsa", "hsa", "multi", "hra", "lpfsa"];

/** Dollars for people: 1234 → "$12.34", -5 → "−$0.05". */
export function money(cents) {
  const whole = Math.floor(Math.abs(cents) / 100).toLocaleString("en-US");
  return `${cents < 0 ? "\u2212" : ""}$${whole}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
}

/** The kind to show before a card is typed: the strictest that pays anything; null if none pays. */
export function expectedKind(splits) {
  return LIKELIEST_KINDS.find((kind) => splits[kind]?.benefit_cents > 0) ?? null;
}

/**
 * wanted: "benefit" or "single" (the shopper has no benefit card); kind: what the frame recognised, or null;
 * partial: {approved_cents} after a partial approval, or null. Cents are integers and always sum to `total`.
 */
export function planFor({ wanted, kind, partial, splits, total }) {
  const single = { benefit: 0, other: total, lines: {}, benefitWord: ANY_KIND_WORD, otherWord: "Card" };
  if (wanted === "single") return { ...single, way: "single" };
  if (kind === "none") return { ...single, way: "ordinary" }; // an ordinary card typed in the first place pays for all
  const split = splits[kind ?? expectedKind(splits) ?? "fsa"] ?? { benefit_cents: 0, lines: {} };
  const benefit = Math.min(partial?.approved_cents ?? split.benefit_cents, total);
  return {
    way: "split",
    benefit,
    other: total - benefit,
    lines: partial ? null : split.lines, // after a partial approval, money is split, not lines
    benefitWord: KIND_WORDS[kind] ?? ANY_KIND_WORD,
    otherWord: "Other card",
  };
}

/** Who pays one line, in words. */
export function payerWords(plan, line) {
  if (plan.way !== "split") return "";
  if (!plan.lines) return "";
  const benefit = plan.lines[line.position]?.benefit_cents ?? 0;
  if (benefit >= line.total) return plan.benefitWord;
  return benefit > 0 ? `${plan.benefitWord} ${money(benefit)} · other card ${money(line.total - benefit)}` : "Other card";
}

/** One sentence for the live region. */
export function splitSentence(plan) {
  if (plan.way !== "split") return `One card pays ${money(plan.other)}.`;
  if (!plan.other) return `Your ${plan.benefitWord} pays ${money(plan.benefit)}, the whole order.`;
  if (!plan.benefit) return `Your ${plan.benefitWord} pays for nothing in this order. The other card pays ${money(plan.other)}.`;
  return `Your ${plan.benefitWord} pays ${money(plan.benefit)}, the other card pays ${money(plan.other)}.`;
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
    ? "This is a benefit card: it pays for eligible items only. Choose “Use an FSA or HSA card” below to split the order."
    : "This is a benefit card too: it would refuse what is not eligible. Enter an ordinary card here.";
}

/** What to say above the benefit card's fields. */
export function benefitNote(plan, kind) {
  if (plan.way === "ordinary") return `This is not an FSA or HSA card, so it would pay for everything: ${money(plan.other)}.`;
  if (!plan.benefit && kind === "lpfsa") return "A limited-purpose FSA pays for dental and vision only; nothing here is either.";
  if (!plan.benefit) return "This card cannot pay for anything in this order. Type another one, or pay without it: use another card below.";
  return "";
}
