// What is known of the terminal under the pointer: at once what the page knows, a moment later its last report.

import { agoOf, describeWhole } from "./words.js";
import { el, say } from "./dom.js";

const PAUSE_MS = 200;
const WORDS = {
  battery_percent: ["Battery", "%"], signal_dbm: ["Signal", " dBm"], network: ["Network", ""], latency_ms: ["Latency", " ms"], temperature_c: ["Temperature", " °C"],
  printer: ["Printer", ""], offline_queue: ["Sales waiting", ""], storage_free_percent: ["Storage free", "%"],
};

export class Card {
  constructor(element, { fleet, wall, urls, now }) {
    Object.assign(this, { element, fleet, wall, urls, now, slot: -1 });
    this.parts = Object.fromEntries(["title", "where", "state", "what", "values", "link"].map((name) => [name, element.querySelector(`[data-${name}]`)]));
  }

  show(slot, x, y) {
    this.element.hidden = slot < 0;
    if (slot < 0) { this.slot = -1; clearTimeout(this.timer); return; }
    if (slot !== this.slot) this.#fill(slot);
    const room = this.element.parentElement.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(4, x + 16 + width > room.width ? x - width - 12 : x + 16)}px`;
    this.element.style.top = `${Math.max(4, y + 16 + height > room.height ? y - height - 12 : y + 16)}px`;
  }

  /** The cells have changed. */
  renew() {
    if (this.slot >= 0) this.#state();
  }

  #fill(slot) {
    const { fleet } = this;
    this.slot = slot;
    say(this.parts.title, fleet.label[slot]);
    say(this.parts.where, [fleet.named("store", slot), fleet.named("merchant", slot), fleet.named("region", slot)].join(" · "));
    say(this.parts.what, [fleet.named("model", slot), fleet.keyed("firmware", slot) && `firmware ${fleet.named("firmware", slot)}`, fleet.keyed("app", slot) && `app ${fleet.named("app", slot)}`,
      fleet.keyed("operator", slot)].filter(Boolean).join(" · "));
    this.parts.values.replaceChildren();
    this.parts.link.href = this.urls.terminal(fleet.number[slot]);
    this.#state();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(slot), PAUSE_MS);
  }

  #state() {
    say(this.parts.state, describeWhole(this.fleet.cellAt(this.slot)));
  }

  async #ask(slot) {
    const number = this.fleet.number[slot];
    const response = await fetch(this.urls.card(number), { headers: { Accept: "application/json", "Fsa-Background": "1" }, credentials: "same-origin" }).catch(() => null);
    if (!response?.ok || this.slot !== slot) return;
    const { report } = await response.json();
    const pairs = report ? [["Last report", `${agoOf(report.received_ms, this.now())} ago`], ...Object.entries(WORDS).filter(([name]) => name in report.values).map(([name, [word, unit]]) => [word, `${String(report.values[name]).replaceAll("_", " ")}${unit}`])] : [["Last report", "none yet"]];
    this.parts.values.replaceChildren(...pairs.flatMap(([word, value]) => [el("dt", {}, word), el("dd", {}, value)]));
  }
}
