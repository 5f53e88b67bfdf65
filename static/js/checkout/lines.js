// The order's items: who pays each, why not the benefit card, and keeping one off it.
import { setText } from "./dom.js";
import { dependsOnKind, payerWords } from "./split.js";
import { t } from "./words.js";

export class Lines {
  /** keptOff: positions (text) that stay off benefit cards; onChange(keptOff): told when the shopper moves one. */
  constructor({ keptOff, onChange }) {
    this.keptOff = keptOff;
    this.all = [...document.querySelectorAll("[data-line]")].map((element) => ({
      element, position: element.dataset.line, total: Number(element.dataset.total), status: element.dataset.status,
      button: element.querySelector("[data-keep-off]"),
    }));
    for (const line of this.all) {
      line.button.addEventListener("click", () => {
        if (!this.keptOff.delete(line.position)) this.keptOff.add(line.position);
        onChange(this.keptOff);
      });
    }
  }

  /** now: the plan; splits: as they are with the items that are kept off; whole: as they would be without. */
  show({ now, splits, whole, kind }) {
    for (const line of this.all) this.#showOne(line, { now, splits, whole, kind });
  }

  #showOne(line, { now, splits, whole, kind }) {
    const isOff = this.keptOff.has(line.position);
    const why = now.lines?.[line.position]?.why ?? "";
    const benefit = now.lines?.[line.position]?.benefit_cents ?? 0;
    const isOpen = now.way === "split" && kind === null && !isOff && dependsOnKind(splits, line.position);
    setText(line.element.querySelector("[data-payer]"), isOpen ? t("Depends on the card") : payerWords(now, line));
    // An eligible line that this card does not pay needs its reason in sight; elsewhere the verdict says it.
    const surprising = !isOpen && !isOff && now.way === "split" && line.status === "eligible" && benefit < line.total && why;
    const words = isOff && now.way === "split" ? t("You keep this off your benefit card. You may claim it later with the receipt.") : surprising ? why : "";
    const note = line.element.querySelector("[data-note]");
    setText(note, words);
    note.hidden = !words;
    const couldPay = Object.entries(whole).some(([name, split]) => (kind === null || name === kind) && split.lines[line.position]?.benefit_cents > 0);
    line.button.hidden = now.way !== "split" || !couldPay;
    setText(line.button.querySelector("[data-words]"), isOff ? t("Put it back on the benefit card") : t("Keep it off the benefit card"));
  }
}
