// <fsa-badge ref="SKU"> and <fsa-cart-split lines="[…]">: text and shapes only, hidden until there is something true to show.
import { BADGE, dress, SPLIT } from "./styles";
import type { Cart, CartLine, Fsa, Split, Verdict } from "./types";
import { badgeWords, money, speechOf } from "./words";

// A server has no elements; there these are classes that nobody makes anything of.
const Base = (typeof HTMLElement === "undefined" ? class {} : HTMLElement) as typeof HTMLElement;
let fsa: Fsa;

function part(tag: string, name: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.setAttribute("part", name);
  made.textContent = text;
  return made;
}

/** What both have in common: a sheet, one rendering for all changes of a moment, and the last answer asked for wins. */
abstract class Shown<Answer> extends Base {
  #root?: ShadowRoot;
  #turn = 0;

  abstract css: string;
  abstract ask(): Promise<Answer | null>;
  abstract draw(answer: Answer): Node[];
  abstract told: string;

  connectedCallback(): void {
    this.refresh();
  }

  attributeChangedCallback(): void {
    this.refresh();
  }

  /** Ask again and show what comes. */
  refresh(): void {
    const turn = ++this.#turn;
    queueMicrotask(async () => {
      if (turn !== this.#turn || !this.isConnected) return;
      const answer = await this.ask().catch(() => null);
      if (turn !== this.#turn) return;
      this.#root ??= this.attachShadow({ mode: "open" });
      dress(this.#root, this.css);
      const nodes = answer ? this.draw(answer) : [];
      this.#root.replaceChildren(...nodes);
      this.toggleAttribute("shown", nodes.length > 0);
      this.dispatchEvent(new CustomEvent(this.told, { detail: answer }));
    });
  }
}

export class FsaBadge extends Shown<Verdict> {
  static observedAttributes = ["ref", "product", "lang", "show-reason"];
  css = BADGE;
  told = "fsa-verdict";

  async ask(): Promise<Verdict | null> {
    const ref = this.getAttribute("ref") || this.getAttribute("product");
    return ref ? (await fsa.verdicts([ref]))[0] : null;
  }

  draw(verdict: Verdict): Node[] {
    const speech = speechOf(this);
    const words = badgeWords(speech, verdict);
    if (!words) return [];
    const badge = part("span", "badge");
    badge.dataset.status = verdict.status;
    badge.lang = speech.lang;
    const sign = part("span", "sign", verdict.status === "eligible" ? "✓" : "✎");
    sign.setAttribute("aria-hidden", "true");
    badge.append(sign, part("span", "label", words));
    if (!this.hasAttribute("show-reason") || !verdict.reason) return [badge];
    const reason = part("span", "reason", verdict.reason);
    reason.lang = "en";
    return [badge, reason];
  }
}

export class FsaCartSplit extends Shown<Split> {
  static observedAttributes = ["lines", "shipping-cents", "discount-cents", "lang"];
  css = SPLIT;
  told = "fsa-split";
  #lines: readonly CartLine[] | null = null;

  connectedCallback(): void {
    if (Object.hasOwn(this, "lines")) { // given before the element was known to the page
      const given = this.lines;
      delete (this as { lines?: unknown }).lines;
      this.lines = given;
    }
    super.connectedCallback();
  }

  /** The cart's lines; as an attribute, the same as JSON. What is no JSON is no cart. */
  get lines(): readonly CartLine[] {
    try {
      return this.#lines ?? JSON.parse(this.getAttribute("lines") || "[]");
    } catch {
      return [];
    }
  }

  set lines(lines: readonly CartLine[]) {
    this.#lines = lines;
    this.refresh();
  }

  async ask(): Promise<Split | null> {
    const cart: Cart = { line_items: [...this.lines] };
    for (const name of ["shipping", "discount"] as const) {
      const cents = Number(this.getAttribute(`${name}-cents`));
      if (cents) cart[`${name}_cents`] = cents;
    }
    return fsa.split(cart);
  }

  draw(split: Split): Node[] {
    const { amount_total_cents: total, amount_eligible_cents: card, amount_with_letter_cents: more } = split;
    if (!(total > 0) || !(card || more)) return [];
    const speech = speechOf(this);
    const { words } = speech;
    const bar = part("div", "bar");
    bar.setAttribute("aria-hidden", "true");
    for (const [name, cents] of [["fill", card], ["letter-fill", more]] as const) {
      const fill = part("div", name);
      fill.style.width = `${(100 * cents) / total}%`;
      bar.append(fill);
    }
    const rows = document.createElement("dl");
    for (const [word, cents] of [[words.card, card], [words.other, split.amount_other_cents], [words.more, more]] as const) {
      if (word === words.more && !more) continue;
      const row = part("div", "row");
      row.append(part("dt", "term", word), part("dd", "amount", money(speech, split.currency, cents)));
      rows.append(row);
    }
    const group = part("div", "split");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", words.split);
    group.lang = speech.lang;
    group.append(bar, rows);
    return [group];
  }
}

/** Make the page know the elements; they ask through the SDK that was loaded last. */
export function defineElements(loaded: Fsa): void {
  fsa = loaded;
  for (const [name, element] of [["fsa-badge", FsaBadge], ["fsa-cart-split", FsaCartSplit]] as const) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
}
