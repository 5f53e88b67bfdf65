// What a card number, an expiry and a security code look like. Pure functions; only their words come from the page.
import { t } from "./words.js";

const NETWORKS = [
  { network: "visa", word: "Visa", starts: /^4/, lengths: [13, 16, 19], cvc: 3 },
  { network: "mastercard", word: "Mastercard", starts: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16], cvc: 3 },
  { network: "amex", word: "Amex", starts: /^3[47]/, lengths: [15], cvc: 4 },
  { network: "discover", word: "Discover", starts: /^(6011|64[4-9]|65)/, lengths: [16, 19], cvc: 3 },
];
const OTHER = { network: null, word: "", lengths: [12, 13, 14, 15, 16, 17, 18, 19], cvc: 3 };
const BIN_DIGITS = 11; // ranges are told apart by up to eleven digits
const MIN_BIN_DIGITS = 6;

export const digitsOf = (text) => text.replace(/\D/g, "");

export function networkOf(digits) {
  return NETWORKS.find((entry) => entry.starts.test(digits)) ?? OTHER;
}

/** ISO/IEC 7812-1 check digit. */
export function passesLuhn(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** "4000 1234 …"; American Express is written 4-6-5. */
export function spaced(digits) {
  const cuts = networkOf(digits).network === "amex" ? [4, 10] : [4, 8, 12, 16];
  return [...digits].map((digit, i) => (cuts.includes(i) ? ` ${digit}` : digit)).join("");
}

/**
 * The kind of account behind the first digits: a kind from `bins`, "none" for an ordinary card,
 * or null while there are too few digits (or no table) to tell.
 */
export function accountKindOf(digits, bins) {
  if (digits.length < MIN_BIN_DIGITS || !bins.length) return null;
  const first = digits.slice(0, BIN_DIGITS);
  const low = first.padEnd(BIN_DIGITS, "0");
  const high = first.padEnd(BIN_DIGITS, "9");
  const touching = bins.filter((bin) => bin.from.padEnd(BIN_DIGITS, "0") <= high && bin.to.padEnd(BIN_DIGITS, "9") >= low);
  if (!touching.length) return "none";
  const [found] = touching;
  const covers = found.from.padEnd(BIN_DIGITS, "0") <= low && found.to.padEnd(BIN_DIGITS, "9") >= high;
  return covers || touching.every((bin) => bin.kind === found.kind) ? found.kind : null;
}

/** "" when the number can be charged, else what is wrong with it. */
export function numberError(digits) {
  if (!digits) return t("Enter the card number.");
  const { lengths } = networkOf(digits);
  if (digits.length < lengths[0] || (!lengths.includes(digits.length) && digits.length < Math.max(...lengths))) {
    return t("Some digits are missing.");
  }
  if (!lengths.includes(digits.length)) return t("There are too many digits.");
  return passesLuhn(digits) ? "" : t("This number has a typing error. Check each digit.");
}

/** "MM / YY", "MMYY", "M/YYYY" → {month, year} or null. */
export function readExpiry(text) {
  const parts = text.match(/^\s*(\d{1,2})\s*[/\-. ]\s*(\d{4}|\d{2})\s*$/) ?? text.match(/^\s*(\d{2})(\d{4}|\d{2})\s*$/);
  if (!parts) return null;
  const month = Number(parts[1]);
  const year = Number(parts[2]) + (parts[2].length === 2 ? 2000 : 0);
  return month >= 1 && month <= 12 ? { month, year } : null;
}

/** Writes the slash while a person types forwards; `previous` tells typing from deleting. */
export function expiryAsTyped(text, previous) {
  if (text.length < previous.length) return text.replace(/\s*\/?\s*$/, "");
  const year = text.match(/^\s*(\d{1,2})\s*\/\s*(20\d{2})\s*$/);
  if (year) return `${year[1].padStart(2, "0")} / ${year[2].slice(2)}`;
  if (/^\d\s*\/\s*$/.test(text)) return `0${text[0]} / `;
  const digits = digitsOf(text);
  if (digits.length === 6 && digits.slice(2, 4) === "20") return `${digits.slice(0, 2)} / ${digits.slice(4)}`;
  const padded = /^[2-9]$/.test(digits) ? `0${digits}` : digits;
  return padded.length < 2 ? padded : `${padded.slice(0, 2)} / ${padded.slice(2, 6)}`;
}

/** A card is good to the end of its month. */
export function expiryError(text, today) {
  if (!text.trim()) return t("Enter the expiry date.");
  const expiry = readExpiry(text);
  if (!expiry) return t("Use month and year, as 04 / 28.");
  const months = (expiry.year - today.getFullYear()) * 12 + expiry.month - 1 - today.getMonth();
  if (months < 0) return t("This card has expired.");
  return months > 12 * 20 ? t("Check the year.") : "";
}

export function cvcError(digits, number) {
  const { cvc } = networkOf(number);
  if (!digits) return t("Enter the security code.");
  return digits.length === cvc ? "" : t("The code has {count} digits.", { count: cvc });
}
