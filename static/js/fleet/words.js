// What states are called, and the letters that stand for them wherever a colour does.

import { battery, hasTamper, inMaintenance, isCharging, printer, sales, severity, signal, status } from "./protocol.js";

export const TILE_WORDS = {
  online: ["Online", "●"], late: ["Late", "◐"], offline: ["Offline", "✕"], closed: ["Shop closed", "◌"], never: ["Never seen", "?"],
  battery: ["Battery low", "B"], signal: ["Weak signal", "S"], printer: ["Printer, paper", "P"], sales: ["Failing sales", "F"],
  tamper: ["Opened case", "T"], maintenance: ["In maintenance", "M"], alert: ["Open alert", "!"],
};
export const STATUS_WORDS = ["Never seen", "Online", "Late", "Offline", "Shop closed", "Out of use"];
export const SEVERITY_WORDS = ["No alert", "Info", "Warning", "Critical"];
const BANDS = {
  battery: ["", "", "battery low", "battery nearly empty"],
  signal: ["", "", "weak signal", "hardly any signal"],
  printer: ["", "", "paper low", "printer or paper fails"],
  sales: ["", "", "some sales fail", "many sales fail"],
};

/** What is wrong with a terminal, in words, worst first; empty when nothing is. */
export function faultsOf(cell) {
  const is = status(cell);
  const found = [];
  if (hasTamper(cell)) found.push("case opened");
  if (is === 3) found.push("offline");
  if (is === 2) found.push("late");
  if (is >= 1 && is <= 3) {
    for (const [name, band] of [["sales", sales], ["printer", printer], ["battery", battery], ["signal", signal]]) if (BANDS[name][band(cell)]) found.push(BANDS[name][band(cell)]);
    if (battery(cell) >= 2 && isCharging(cell)) found.push("charging");
  }
  if (inMaintenance(cell)) found.push("in maintenance");
  return found;
}

/** One letter for a cell, where there is room for one: of the gravest. */
export function letterOf(cell) {
  const is = status(cell);
  if (is === 5) return "";
  if (hasTamper(cell)) return "T";
  if (is === 3) return "✕";
  if (is === 0) return "?";
  if (is === 4) return "";
  if (sales(cell) >= 2) return "F";
  if (printer(cell) >= 2) return "P";
  if (battery(cell) >= 2) return "B";
  if (signal(cell) >= 2) return "S";
  if (is === 2) return "◐";
  if (inMaintenance(cell)) return "M";
  return severity(cell) ? "!" : "";
}

export const describe = (cell) => [STATUS_WORDS[status(cell)], ...faultsOf(cell).filter((one) => one !== "offline" && one !== "late")].join(", ");

/** With the alert that is open, where nothing beside it says so. */
export const describeWhole = (cell) => describe(cell) + (severity(cell) ? `; ${SEVERITY_WORDS[severity(cell)].toLowerCase()} alert open` : "");

export function agoOf(ms, nowMs) {
  const seconds = Math.max(0, (nowMs - ms) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const count = (number) => number.toLocaleString("en-US");
