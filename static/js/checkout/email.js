// The shopper's e-mail address: optional, checked as it is left.
import { setText } from "./dom.js";
import { t } from "./words.js";

export class EmailField {
  /** onType(text): told at each key. */
  constructor({ input, errorPlace, onType }) {
    Object.assign(this, { input, errorPlace });
    input.addEventListener("blur", () => this.isInOrder());
    input.addEventListener("input", () => {
      onType(input.value);
      if (input.hasAttribute("aria-invalid")) this.isInOrder();
    });
  }

  get address() {
    return this.input.value.trim();
  }

  isInOrder() {
    const isFine = this.address === "" || this.input.validity.valid;
    this.#tell(isFine ? "" : t("This address is not complete. Example: ana@example.com"));
    return isFine;
  }

  /** Say what is wrong with it and put the cursor there. */
  refuse(message) {
    this.#tell(message);
    this.input.focus();
  }

  #tell(message) {
    setText(this.errorPlace, message);
    if (message) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}
