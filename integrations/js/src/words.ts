// What the elements say, in the language of the page around them.
import type { Status } from "./types";

const EN = {
  eligible: "FSA/HSA eligible",
  letter: "FSA/HSA eligible with a letter",
  rx: "FSA/HSA eligible with a prescription",
  split: "How this cart can be paid",
  card: "On your FSA/HSA card",
  other: "On another card",
  more: "Also on your card, with a letter",
};
const ES: typeof EN = {
  eligible: "Elegible para FSA/HSA",
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

/** The words of a badge; none for what may not be called eligible. */
export function badgeWords({ words }: Speech, status: Status): string {
  return status === "eligible" || status === "letter" || status === "rx" ? words[status] : "";
}

/** Spanish is written here as in the United States: $1,234.50. */
export function money({ lang }: Speech, currency: string, cents: number): string {
  return new Intl.NumberFormat(`${lang}-US`, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(cents / 100);
}
