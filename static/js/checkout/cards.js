// The cards of one payment: a frame for each that is typed, a list for those that are saved. Never sees a card number.
import { CardFrame } from "./card.js";
import { $, setText } from "./dom.js";
import { language, t } from "./words.js";

const TITLES = { benefit: t("FSA or HSA card"), second: t("Second FSA or HSA card"), card: t("Other card") };

export class Cards {
  /** change(role, {kind}): told as a card becomes known; submit: told when Enter is pressed in one. */
  constructor({ config, savedCards, change, submit }) {
    Object.assign(this, { config, change, submit, frames: {}, saved: {} });
    for (const role of Object.keys(TITLES)) {
      if (role !== "second") this.open(role);
      const mine = savedCards.filter((card) => card.is_benefit === (role !== "card"));
      this.saved[role] = new SavedList({ select: $(`${role}-saved`), slot: $(`${role}-frame`), cards: mine, onChange: (kind) => change(role, { kind }) });
    }
  }

  /** Make the frame of a role, once. */
  open(role) {
    this.frames[role] ??= new CardFrame({
      slot: $(`${role}-frame`), url: this.config.frame_url, origin: this.config.frame_origin,
      title: t("{card}: number, expiry date, security code", { card: TITLES[role] }), role: role === "card" ? "card" : "benefit",
      on: { change: (message) => this.saved[role].chosen() || this.change(role, message), submit: this.submit },
    });
  }

  /** → {type: "saved", card}, or what the frame answers: {type: "token", token, card} or {type: "error", field, message}. */
  tokenOf(role) {
    const card = this.saved[role].chosen();
    return card ? { type: "saved", card } : this.frames[role].tokenise();
  }

  /** One tap pays where every card of the plan is a saved one: say which, beside the button. → are they all? */
  showSaved(place, roles) {
    const names = roles.map((role) => this.saved[role].chosen()?.name);
    const known = names.length > 0 && names.every(Boolean);
    setText(place, known ? t("with {cards}", { cards: new Intl.ListFormat(language).format(names) }) : "");
    return known;
  }
}

/** The saved cards that fit one place, the first of them chosen; while one is, the fields are away. */
class SavedList {
  constructor({ select, slot, cards, onChange }) {
    Object.assign(this, { select, cards });
    slot.hidden = this.chosen() !== null;
    select?.addEventListener("change", () => {
      slot.hidden = this.chosen() !== null;
      onChange(this.chosen()?.kind ?? null);
    });
  }

  chosen() {
    return this.cards.find((card) => card.id === this.select?.value) ?? null;
  }
}
