// What the elements say, in the language of the page around them.
import type { Verdict } from "./types";

const EN = {
  eligible: "FSA/HSA eligible",
  part: "FSA/HSA eligible in part",
  letter: "FSA/HSA eligible with a letter",
  rx: "FSA/HSA eligible with a prescription",
  split: "How this cart can be paid",
  card: "On your FSA/HSA card",
  other: "On another card",
  more: "Also on your card, with a letter",
};
const ES: typeof EN = {
  eligible: "Elegible para FSA/HSA",
  part: "Elegible para FSA/HSA en parte",
  letter: "Elegible para FSA/HSA con una carta médica",
  rx: "Elegible para FSA/HSA con receta",
  split: "Cómo se puede pagar este carrito",
  card: "Con su tarjeta FSA/HSA",
  other: "Con otra tarjeta",
  more: "También con su tarjeta, con una carta médica",
};

export interface Speech {
  lang: "en" | "es";
  words: typeof EN;
}

export function speechOf(element: Element): Speech {
  const isSpanish = /^es\b/i.test(element.closest("[lang]")?.getAttribute("lang") ?? "");
  return isSpanish ? { lang: "es", words: ES } : { lang: "en", words: EN };
}

/** The words of a badge; none for what may not be called eligible. What a card pays a share of is not called eligible outright. */
export function badgeWords({ words }: Speech, { status, eligible_fraction: share }: Verdict): string {
  if (status === "eligible") return share === 1 ? words.eligible : words.part;
  return status === "letter" || status === "rx" ? words[status] : "";
}

/** Spanish is written here as in the United States: $1,234.50. */
export function money({ lang }: Speech, currency: string, cents: number): string {
  return new Intl.NumberFormat(`${lang}-US`, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(cents / 100);
}
