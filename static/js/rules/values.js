// What people type and what is kept: dollars and cents, numbers, days. Pure functions; tests run them alone.

/** "1,234.5" -> 123450 cents; null for an empty field; undefined for what is no amount of money. */
export function centsOf(text) {
  const plain = text.replace(/[\s,$]/g, "").replace("−", "-");
  if (plain === "") return null;
  if (!/^-?(\d+(\.\d{0,2})?|\.\d{1,2})$/.test(plain)) return undefined;
  const [whole, part = ""] = plain.replace("-", "").split(".");
  const cents = Number(whole || "0") * 100 + Number(part.padEnd(2, "0"));
  return plain.startsWith("-") ? -cents : cents;
}

/** 123450 -> "1234.50"; 5000 -> "50". */
export function dollarsOf(cents) {
  if (cents === null || cents === undefined) return "";
  const whole = Math.trunc(Math.abs(cents) / 100);
  const part = Math.round(Math.abs(cents) % 100);
  return `${cents < 0 ? "-" : ""}${whole}${part ? `.${String(part).padStart(2, "0")}` : ""}`;
}

/** "1,234.5" -> 1234.5; null for an empty field; undefined for what is no number (or no whole one, where it must be). */
export function numberOf(text, { whole = false } = {}) {
  const plain = text.replace(/[\s,]/g, "").replace("−", "-");
  if (plain === "") return null;
  if (!(whole ? /^-?\d{1,15}$/ : /^-?(\d{1,15}(\.\d*)?|\.\d+)$/).test(plain)) return undefined;
  return Number(plain);
}

const words = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const roundMoney = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

/** A number as a sentence would say it. unit: "cents", "days", "%" or "". */
export function said(value, unit) {
  if (value === null || value === undefined) return "…";
  if (unit === "cents") return (value % 100 === 0 ? roundMoney : money).format(value / 100);
  if (unit === "days") return `${words.format(value)} ${Math.abs(value) === 1 ? "day" : "days"}`;
  return unit === "%" ? `${words.format(value)} %` : words.format(value);
}

/** Points of a score term at a value: 0 at low or beyond, all at high or beyond, a straight line between. */
export function pointsAt(term, value) {
  const { low, high, points } = term;
  if (![low, high, points].every(Number.isFinite)) return null;
  if (low === high) return value >= high ? points : 0;
  return points * Math.min(1, Math.max(0, (value - low) / (high - low)));
}
