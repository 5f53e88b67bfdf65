// The parent's end of one card frame: makes the iframe, hears it, asks it for a token. Never sees a card number.
import { t } from "./words.js";

const ANSWER_TIMEOUT_MS = 30_000; // above the frame's own 20 s, so that its words win

export class CardFrame {
  /** slot: element that gets the iframe; on: {change, submit} listeners. */
  constructor({ slot, url, origin, title, role, on }) {
    this.origin = origin;
    this.on = on;
    this.waiting = null;
    this.numberOnly = false;
    this.iframe = document.createElement("iframe");
    this.iframe.className = "pay-card__frame";
    this.iframe.title = title;
    this.iframe.allow = "payment *";
    const src = new URL(url, window.location.href);
    src.searchParams.set("card", role);
    this.iframe.src = src.href;
    window.addEventListener("message", (event) => this.hear(event));
    slot.replaceChildren(this.iframe);
  }

  hear(event) {
    if (event.origin !== this.origin || event.source !== this.iframe.contentWindow || event.data?.fsa !== 1) return;
    const message = event.data;
    if (message.type === "change") this.on.change(message);
    else if (message.type === "submit") this.on.submit();
    else if (message.type === "resize") this.resize(message.height);
    else if (message.type === "token" || message.type === "error") this.settle(message);
  }

  resize(height) {
    if (Number.isFinite(height) && height >= 60 && height <= 600) this.iframe.style.height = `${height}px`;
  }

  /** Leave only the number to be seen, for a card that pays nothing here; another one may still be typed. */
  showNumberOnly(only) {
    if (only === this.numberOnly) return;
    this.numberOnly = only;
    this.iframe.contentWindow?.postMessage({ fsa: 1, type: "number_only", only }, this.origin);
  }

  settle(message) {
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.(message);
  }

  /** Put the cursor into a field: number, expiry or cvc. Only the parent knows which frame comes first. */
  focus(field = "number") {
    this.iframe.focus();
    this.iframe.contentWindow?.postMessage({ fsa: 1, type: "focus", field }, this.origin);
  }

  /** → {type: "token", token, card} or {type: "error", field, message}. */
  tokenise() {
    return new Promise((resolve) => {
      this.waiting = resolve;
      setTimeout(() => {
        if (this.waiting === resolve) this.settle({ type: "error", field: null, message: t("The card fields do not answer. Reload the page and try again; nothing was charged.") });
      }, ANSWER_TIMEOUT_MS);
      this.iframe.contentWindow?.postMessage({ fsa: 1, type: "tokenise" }, this.origin);
    });
  }
}
