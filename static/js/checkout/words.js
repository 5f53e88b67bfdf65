// The words of a payment page in the shopper's language. The page brings the catalogue of this file's callers as JSON; what is not
// in it is said in English. A test holds every text below static/js/checkout to `checkout/pages/script_words.py`.

const written = document.getElementById("words")?.textContent;
const catalogue = written ? JSON.parse(written) : {};

export const language = document.documentElement.lang || "en";

/** The text in the shopper's language, with {names} filled in. */
export function t(text, values = {}) {
  return (catalogue[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Spanish is read here as it is written in the United States: $1,234.50.
const format = new Intl.NumberFormat(language === "es" ? "es-US" : language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });

/** Dollars for people: 1234 → "$12.34", -5 → "−$0.05", as their language writes them. */
export function money(cents) {
  return format.format(cents / 100).replace("-", "\u2212");
}
