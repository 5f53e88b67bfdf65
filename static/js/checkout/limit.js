// The most that a shopper lets their benefit card pay: reading what is typed, and the field for it.
import { setText } from "./dom.js";
import { money, t } from "./words.js";

/** "12.5" and "12,5" → 1250, "$1,000" → 100000, "" → null, anything else → NaN. A comma before one or two last digits is a point. */
export function centsOf(text) {
  const plain = text.replace(/[$\s]/g, "");
  const typed = /,\d{1,2}$/.test(plain) ? plain.replace(/\./g, "").replace(/,(?=\d{1,2}$)/, ".").replace(/,/g, "") : plain.replace(/,/g, "");
  if (!typed) return null;
  return /^\d{1,9}(\.\d{1,2})?$/.test(typed) ? Math.round(Number(typed) * 100) : NaN;
}

/** "" or what is wrong with it. most: what the card would pay without a limit. */
export function limitError(text, { minimum, most }) {
  const cents = centsOf(text);
  if (cents === null) return "";
  if (Number.isNaN(cents)) return t("Write an amount, such as 25.00.");
  if (cents < minimum) return t("A card is charged {least} at least.", { least: money(minimum) });
  return cents > most && most > 0 ? t("This card pays {most} at most in this order.", { most: money(most) }) : "";
}

export class LimitField {
  /** minimum: the smallest charge; most(): what the card would pay without a limit; onChange(cents or null). */
  constructor({ input, place, errorPlace, minimum, most, onChange }) {
    Object.assign(this, { input, place, errorPlace, minimum, most, onChange, cents: null });
    input.addEventListener("input", () => this.read(input.hasAttribute("aria-invalid")));
    input.addEventListener("blur", () => this.read(true));
  }

  /** Take the limit as it is typed; a faulty one is told only if `tells`. → is it in order? */
  read(tells) {
    const message = limitError(this.input.value, { minimum: this.minimum, most: this.most() });
    setText(this.errorPlace, tells ? message : "");
    if (tells && message) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
    const cents = message ? null : centsOf(this.input.value);
    if (cents !== this.cents) {
      this.cents = cents;
      this.onChange(cents);
    }
    return message === "";
  }

  isInOrder() {
    return this.place.hidden || this.read(true);
  }

  focus() {
    this.place.open = true;
    this.input.focus();
  }

  lowerTo(cents) {
    this.place.open = true;
    this.input.value = (cents / 100).toFixed(2);
    this.read(false);
  }
}
