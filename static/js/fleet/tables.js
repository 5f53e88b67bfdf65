// The tables beside the wall: worst first, by group, and the strip of incidents.

import { agoOf, count, describe, letterOf, SEVERITY_WORDS } from "./words.js";
import { el, say } from "./dom.js";

/** Rows are kept by terminal: a row that stays keeps its elements, its focus and its place under the pointer. */
export class WorstTable {
  constructor(body, note, pager, { fleet, urls, now, turn }) {
    Object.assign(this, { body, note, pager, fleet, urls, now, rows: new Map(), message: null, isHeld: false });
    const hold = (isHeld) => () => { this.isHeld = isHeld; if (!isHeld && this.message) this.show(this.message); };
    body.addEventListener("pointerenter", hold(true));
    body.addEventListener("pointerleave", hold(false));
    body.addEventListener("focusin", hold(true));
    body.addEventListener("focusout", hold(false));
    pager.addEventListener("click", (event) => { const to = event.target.closest("button")?.dataset.to; if (to) turn(Number(to)); });
    setInterval(() => this.message && this.ages(), 5000);
  }

  /** While somebody points at the table, values change and rows stay where they are. */
  show(message) {
    const isTurned = this.message?.page !== message.page;
    this.message = message;
    const wanted = message.rows.filter(([number]) => this.fleet.slotOf[number] >= 0);
    const numbers = new Set(wanted.map(([number]) => number));
    for (const row of wanted) this.fill(row);
    if (!this.isHeld || isTurned) {
      for (const [number, row] of this.rows) if (!numbers.has(number)) { row.element.remove(); this.rows.delete(number); }
      wanted.forEach(([number], index) => {
        const { element } = this.rows.get(number);
        if (this.body.children[index] !== element) this.body.insertBefore(element, this.body.children[index] ?? null);
      });
    }
    this.ages();
    const first = message.page * 100;
    say(this.note, message.total ? `${count(first + 1)} to ${count(first + message.rows.length)} of ${count(message.total)}` : "");
    this.body.closest("section").classList.toggle("is-empty", !message.total);
    this.pages(message);
  }

  fill([number, cell, sinceMs, alert, owner, incident]) {
    const slot = this.fleet.slotOf[number];
    if (!this.rows.has(number)) this.rows.set(number, makeRow(this.urls.terminal(number)));
    const row = this.rows.get(number);
    row.sinceMs = sinceMs;
    row.mark.className = `fl-mark fl-mark--${toneOf(cell)}`;
    say(row.mark, letterOf(cell) || "·");
    say(row.label, this.fleet.label[slot]);
    say(row.where, `${this.fleet.named("store", slot)}, ${this.fleet.named("region", slot) || "no region"}`);
    say(row.merchant, this.fleet.named("merchant", slot));
    say(row.what, describe(cell));
    say(row.alert, alert);
    row.alert.href = incident ? this.urls.incident(incident) : "";
    row.alert.hidden = !alert;
    say(row.owner, owner || (alert ? "nobody yet" : "–"));
  }

  ages() {
    for (const row of this.rows.values()) say(row.since, row.sinceMs ? agoOf(row.sinceMs, this.now()) : "–");
  }

  pages({ page, total }) {
    const last = Math.max(0, Math.ceil(total / 100) - 1);
    this.pager.hidden = last === 0;
    const [before, after] = this.pager.querySelectorAll("button");
    before.disabled = page === 0;
    before.dataset.to = String(page - 1);
    after.disabled = page >= last;
    after.dataset.to = String(page + 1);
  }
}

function makeRow(url) {
  const row = {
    mark: el("span", { class: "fl-mark", "aria-hidden": "true" }), label: el("a", { class: "fact-link", href: url }), where: el("span", { class: "fl-soft" }),
    merchant: el("td", { "data-label": "Merchant" }), what: el("span"), alert: el("a", { class: "fact-link" }), since: el("td", { "data-label": "Since", class: "is-number" }),
    owner: el("td", { "data-label": "Owner" }), sinceMs: 0,
  };
  row.element = el("tr", {},
    el("td", { "data-label": "Terminal" }, el("span", { class: "fl-terminal" }, row.mark, el("span", {}, row.label, el("br"), row.where))),
    row.merchant, el("td", { "data-label": "State" }, row.what, el("span", { class: "fl-alert" }, row.alert)), row.since, row.owner);
  return row;
}

function toneOf(cell) {
  const grave = (cell >> 3) & 3;
  if ((cell & 7) === 3 || grave === 3 || (cell >> 14) & 1) return "bad";
  return grave || letterOf(cell) ? "low" : "good";
}

const HEADS = [["count", "Terminals"], ["online", "Online"], ["silent", "Silent"], ["battery", "Battery"], ["signal", "Signal"], ["printer", "Printer"], ["sales", "Sales"]];

/** Groups with the greatest share in trouble first; one that stands out is marked in words. */
export class GroupTable {
  constructor(body, note, { choose }) {
    Object.assign(this, { body, note, choose });
  }

  show({ by, rows, other }) {
    const nodes = rows.map(([key, name, size, online, silent, battery, signal, printer, sales, troubled, standsOut]) => {
      const share = size ? troubled / size : 0;
      const numbers = [size, online, silent, battery, signal, printer, sales];
      return el("tr", { class: standsOut ? "is-outlier" : null },
        el("th", { scope: "row" }, key ? el("button", { type: "button", class: "fl-group", onclick: () => this.choose(by, key) }, name) : el("span", { class: "fl-soft" }, name),
          standsOut ? el("span", { class: "fact-badge fact-badge--fault fl-outlier" }, "Stands out") : null),
        el("td", { class: "is-number fl-share", "data-label": "In trouble" }, el("meter", { min: 0, max: 1, value: share, "aria-hidden": "true" }), ` ${percent(share)}`),
        numbers.map((number, index) => el("td", { class: number || index < 2 ? "is-number" : "is-number fl-zero", "data-label": HEADS[index][1] }, count(number))));
    });
    this.body.replaceChildren(...nodes);
    say(this.note, other ? `${count(other)} more with smaller shares are not shown.` : "");
  }
}

const percent = (share) => (share === 0 ? "0%" : share < 0.1 ? `${(share * 100).toFixed(1)}%` : `${Math.round(share * 100)}%`);

export function showIncidents({ list, note, urls, now }, message) {
  list.replaceChildren(...message.rows.map(([id, title, severity, state, openCount, beganMs, owner, isLate]) =>
    el("li", {}, el("a", { class: `fl-incident fl-incident--${severity}`, href: urls.incident(id) },
      el("strong", {}, title),
      el("span", { class: "fl-soft" }, `${SEVERITY_WORDS[severity]} · ${count(openCount)} terminal${openCount === 1 ? "" : "s"} · for ${agoOf(beganMs, now())}`),
      el("span", { class: isLate ? "fl-late" : "fl-soft" }, owner ? `${owner} has it` : isLate ? "Nobody has it, and it is late" : state === "open" ? "Nobody has it yet" : "Acknowledged")))));
  const [, info, warning, critical] = message.by_severity;
  const parts = [[critical, "critical"], [warning, "warning"], [info, "info"]].filter(([many]) => many).map(([many, word]) => `${count(many)} ${word}`);
  say(note, message.total ? `${parts.join(", ")}; ${message.unanswered ? `${count(message.unanswered)} unanswered` : "all answered"}` : "None. Nothing troubles anybody.");
  list.hidden = !message.total;
}
