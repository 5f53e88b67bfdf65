// Colours of cells, for every possible cell at once. Told apart by lightness as well as by hue (after Okabe and Ito): quiet where all is well.

import { battery, hasTamper, inMaintenance, printer, sales, severity, signal, status } from "./protocol.js";

export const MODES = { status: "Status", alert: "Alerts", battery: "Battery", signal: "Signal", printer: "Printer", sales: "Sales" };

const LIGHT = {
  back: "#f3f5f8", good: "#a9cbe3", low: "#e0a100", bad: "#c23b00", none: "#d9dee5", never: "#8e96a3", closed: "#cfd6de", maintenance: "#6b4a9e", tamper: "#000000", info: "#4f8ec0",
};
const DARK = {
  back: "#10151d", good: "#245071", low: "#f0b429", bad: "#ff7438", none: "#262e39", never: "#6d7683", closed: "#2b333f", maintenance: "#c583b4", tamper: "#ffffff", info: "#5aa0d8",
};

/** Name of a colour for each cell, by mode. */
const NAMES = {
  status(cell) {
    if (hasTamper(cell)) return "tamper";
    if (inMaintenance(cell)) return "maintenance";
    return ["never", "good", "low", "bad", "closed", "back"][status(cell)];
  },
  alert: (cell) => (status(cell) === 5 ? "back" : ["none", "info", "low", "bad"][severity(cell)]),
  battery: (cell) => banded(cell, battery),
  signal: (cell) => banded(cell, signal),
  printer: (cell) => banded(cell, printer),
  sales: (cell) => banded(cell, sales),
};
const banded = (cell, band) => (status(cell) === 5 ? "back" : status(cell) === 0 || status(cell) === 4 ? "none" : ["none", "good", "low", "bad"][band(cell)]);

const BAND_WORDS = [["good", "Good"], ["low", "Low"], ["bad", "Bad"], ["none", "Not known"]];
export const LEGEND = {
  status: [["good", "Online", "●"], ["low", "Late", "◐"], ["bad", "Offline", "✕"], ["closed", "Shop closed", ""], ["never", "Never seen", "?"], ["maintenance", "In maintenance", "M"], ["tamper", "Opened case", "T"]],
  alert: [["none", "No alert", ""], ["info", "Info", "!"], ["low", "Warning", "!"], ["bad", "Critical", "!"]],
  battery: BAND_WORDS, signal: BAND_WORDS, printer: BAND_WORDS, sales: BAND_WORDS,
};

export const isDark = () => document.documentElement.classList.contains("dark");
export const colours = () => (isDark() ? DARK : LIGHT);

/** {full, dim}: Uint32Array by cell, as pixels of ImageData. dim: of what a filter leaves out. */
export function paletteOf(mode) {
  const named = colours();
  const pixel = Object.fromEntries(Object.entries(named).map(([name, hex]) => [name, rgb(hex)]));
  const full = new Uint32Array(65536), dim = new Uint32Array(65536);
  const packed = {}, faded = {};
  for (const [name, parts] of Object.entries(pixel)) {
    packed[name] = pack(parts);
    faded[name] = pack(parts.map((part, index) => Math.round(pixel.back[index] + (part - pixel.back[index]) * 0.14)));
  }
  for (let cell = 0; cell < 65536; cell += 1) {
    const name = NAMES[mode](cell);
    full[cell] = packed[name];
    dim[cell] = faded[name];
  }
  return { full, dim };
}

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const pack = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
