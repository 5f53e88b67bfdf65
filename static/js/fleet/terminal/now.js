// How the terminal is now: whether we hear it, its newest values, its last messages.

import { agoOf } from "../words.js";

const SHOWN = 20;
const PRINTERS = { ok: "OK", paper_low: "Paper low", paper_out: "No paper", cover_open: "Cover open", fault: "Fails", none: "None" };
// Bounds are those of the bands on the wall (pos_monitor/wire/cells.py).
const TONES = {
  battery_percent: (value) => (value <= 15 ? "fault" : value <= 30 ? "warn" : ""),
  signal_dbm: (value) => (value <= -105 ? "fault" : value <= -95 ? "warn" : ""),
  printer: (value) => (value === "ok" || value === "none" ? "" : value === "paper_low" ? "warn" : "fault"),
  clock_offset_ms: (value) => (Math.abs(value) > 120_000 ? "warn" : ""),
};

export function nowOf(root, setup, serverNowMs) {
  const status = root.querySelector("[data-status]");
  const body = root.querySelector("[data-messages]");
  const none = root.querySelector("[data-no-messages]");
  const values = { ...setup.values };
  let heardMs = setup.heard_ms, saidGoodbye = Boolean(values.going_down), waiting = [];

  function tick() {
    if (!heardMs) return tell("never", "Never reported");
    const silentS = (serverNowMs() - heardMs) / 1000;
    const ago = agoOf(heardMs, serverNowMs());
    if (saidGoodbye) tell("late", `Switched off on purpose ${ago} ago`);
    else if (silentS > setup.every_s * setup.gap) tell("offline", `Silent for ${ago}`);
    else if (silentS > setup.every_s * 2.5) tell("late", `Late: last heard ${ago} ago`);
    else tell("online", `Online, heard ${ago} ago`);
  }

  function tell(is, words) {
    status.dataset.is = is;
    if (status.textContent !== words) status.textContent = words;
  }

  function drawValues() {
    for (const box of root.querySelectorAll("[data-value]")) {
      const name = box.dataset.value, value = values[name];
      const shown = value === undefined ? "–" : name === "printer" ? PRINTERS[value] ?? value : name === "clock_offset_ms" ? clock(value) : value.toLocaleString("en-US");
      const place = box.querySelector("dd");
      place.textContent = shown;
      if (value !== undefined && box.dataset.unit) place.append(" ", small(box.dataset.unit));
      if (name === "battery_percent" && values.charging) place.append(" ", small("charging"));
      if (name === "signal_dbm" && values.network) place.append(" ", small(values.network));
      box.dataset.tone = value === undefined ? "" : TONES[name]?.(value) ?? "";
    }
  }

  function row({ received_ms: receivedMs, values: said }) {
    const line = document.createElement("tr");
    const { boot, seq, ...rest } = said;
    const when = new Date(receivedMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const words = Object.entries(rest).filter(([, value]) => value !== 0).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(" · ");
    for (const [label, text] of [["Came at", when], ["Boot · number", `${boot} · ${seq}`], ["What it said", words]]) {
      const cell = document.createElement("td");
      cell.dataset.label = label;
      cell.textContent = text;
      line.append(cell);
    }
    return line;
  }

  tick();
  drawValues();
  return {
    tick,
    /** Take up a report; what is seen of it is drawn by draw(). */
    take(report) {
      if (report.received_ms >= heardMs) {
        heardMs = report.received_ms;
        saidGoodbye = Boolean(report.values.going_down);
        Object.assign(values, report.values);
      }
      waiting.push(report);
      if (waiting.length > SHOWN) waiting = waiting.slice(-SHOWN);
    },
    draw() {
      drawValues();
      body.prepend(...waiting.splice(0).reverse().map(row));
      while (body.childElementCount > SHOWN) body.lastElementChild.remove();
      none.hidden = body.childElementCount > 0;
      tick();
    },
  };
}

function small(text) {
  const made = document.createElement("small");
  made.textContent = text;
  return made;
}

function clock(ms) {
  const size = Math.abs(ms);
  if (size < 1000) return "right";
  const words = size < 120_000 ? `${Math.round(size / 1000)} s` : size < 7_200_000 ? `${Math.round(size / 60_000)} min` : `${Math.round(size / 3_600_000)} h`;
  return `${words} ${ms > 0 ? "ahead" : "behind"}`;
}
