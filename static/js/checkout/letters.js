// Whether the order waits for a doctor's letter, and what becomes of the items if none comes.

export class LetterChoice {
  /** onChange(choice): "" (it does not wait), "card" or "drop". */
  constructor({ kept, onChange }) {
    this.inputs = [...document.querySelectorAll("input[name=letters]")];
    const before = this.inputs.find((input) => input.value === kept);
    if (before) before.checked = true;
    for (const input of this.inputs) input.addEventListener("change", () => onChange(this.chosen));
  }

  get chosen() {
    return this.inputs.find((input) => input.checked)?.value ?? "";
  }
}
