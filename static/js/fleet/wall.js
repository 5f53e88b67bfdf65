// The wall: every terminal a cell on one canvas. A small picture, a pixel a terminal, is changed pixel by pixel and shown enlarged;
// close up, cells get letters.

import { TILES_OF } from "./protocol.js";
import { bitsOf } from "./fleet.js";
import { arrange } from "./layout.js";
import { listen } from "./wall_input.js";
import { letterOf } from "./words.js";
import { colours, paletteOf } from "./palette.js";

const LETTERS_FROM_PX = 11;
const LARGEST_ZOOM_PX = 64;

export class Wall {
  /** on: {hover(slot or -1, x, y), open(slot), region(key), cursor(slot)}. */
  constructor(canvas, fleet, on) {
    Object.assign(this, { canvas, fleet, on, mode: "status", tiles: [], within: null, hovered: -1, cursor: -1, isDirty: false });
    this.context = canvas.getContext("2d", { alpha: false });
    this.picture = document.createElement("canvas");
    this.view = { x: 0, y: 0, zoom: 1 };
    this.frames = { count: 0, worstMs: 0, totalMs: 0 };
    this.setMode("status");
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    new MutationObserver(() => this.setMode(this.mode)).observe(document.documentElement, { attributeFilter: ["class"] });
    listen(this);
  }

  setMode(mode) {
    this.mode = mode;
    this.palette = paletteOf(mode);
    this.repaint();
  }

  setFilter(tiles, within) {
    this.tiles = tiles;
    this.wanted = bitsOf(tiles);
    this.within = within;
    this.repaint();
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    if (!box.width || (box.width === this.widthPx && box.height === this.heightPx)) return;
    this.rearrange();
  }

  /** The list of terminals is another, or the room is. */
  rearrange() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    this.widthPx = box.width;
    this.heightPx = box.height;
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = Math.round(box.width * this.ratio);
    this.canvas.height = Math.round(box.height * this.ratio);
    this.layout = this.fleet.size && box.width ? arrange(this.fleet, box.width, box.height) : null; // no width: the page is not shown yet
    this.view = { x: 0, y: 0, zoom: 1 };
    if (this.layout) {
      this.picture.width = this.layout.columns;
      this.picture.height = this.layout.rows;
      this.brush = this.picture.getContext("2d", { willReadFrequently: true });
      this.image = this.brush.createImageData(this.layout.columns, this.layout.rows);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.repaint();
  }

  pixelOf(slot) {
    const cell = this.fleet.cellAt(slot);
    const holds = (!this.within || this.within[slot]) && (TILES_OF[cell] & this.wanted) === this.wanted;
    return (holds ? this.palette.full : this.palette.dim)[cell];
  }

  /** slots: those that are another; null: all. */
  repaint(slots = null) {
    if (!this.layout) return this.draw();
    const { at } = this.layout;
    if (slots === null) {
      this.pixels.fill(this.palette.full[5]); // out of use: the wall's own colour
      for (let slot = 0; slot < this.fleet.size; slot += 1) this.pixels[at[slot]] = this.pixelOf(slot);
    } else for (const slot of slots) this.pixels[at[slot]] = this.pixelOf(slot);
    if (slots === null || slots.length) this.draw();
  }

  /** At the next frame of the screen, once. */
  draw() {
    if (this.isDirty) return;
    this.isDirty = true;
    requestAnimationFrame(() => {
      this.isDirty = false;
      const began = performance.now();
      this.paint();
      const took = performance.now() - began;
      this.frames.count += 1;
      this.frames.totalMs += took;
      this.frames.worstMs = Math.max(this.frames.worstMs, took);
    });
  }

  get cellPx() {
    return this.layout.cellPx * this.view.zoom;
  }

  paint() {
    const { context, layout, ratio, view } = this;
    const named = colours();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = named.back;
    context.fillRect(0, 0, this.widthPx, this.heightPx);
    if (!layout) return;
    this.brush.putImageData(this.image, 0, 0);
    context.imageSmoothingEnabled = false;
    const px = this.cellPx;
    context.drawImage(this.picture, -view.x, -view.y, layout.columns * px, layout.rows * px);
    if (px >= 5) this.grid(named, px);
    if (px >= LETTERS_FROM_PX) this.letters(named, px);
    this.heads(named, px);
    if (this.hovered >= 0) this.outline(this.hovered, px, named, 2);
    if (this.cursor >= 0) this.outline(this.cursor, px, named, 3);
  }

  /** What columns and rows are seen. */
  seen(px) {
    const { layout, view } = this;
    return {
      left: Math.max(0, Math.floor(view.x / px)), right: Math.min(layout.columns, Math.ceil((view.x + this.widthPx) / px)),
      top: Math.max(0, Math.floor(view.y / px)), bottom: Math.min(layout.rows, Math.ceil((view.y + this.heightPx) / px)),
    };
  }

  grid(named, px) {
    const { context, view } = this;
    const { left, right, top, bottom } = this.seen(px);
    context.fillStyle = named.back;
    for (let column = left; column <= right; column += 1) context.fillRect(column * px - view.x - 0.5, 0, 1, this.heightPx);
    for (let row = top; row <= bottom; row += 1) context.fillRect(0, row * px - view.y - 0.5, this.widthPx, 1);
  }

  letters(named, px) {
    const { context, layout, view, fleet } = this;
    const { left, right, top, bottom } = this.seen(px);
    context.font = `700 ${Math.min(22, Math.floor(px * 0.66))}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        const slot = layout.slotAt[row * layout.columns + column];
        const letter = slot >= 0 ? letterOf(fleet.cellAt(slot)) : "";
        if (!letter) continue;
        const pixel = this.pixels[row * layout.columns + column];
        context.fillStyle = lightness(pixel) > 0.42 ? "#10151d" : "#ffffff";
        context.fillText(letter, (column + 0.5) * px - view.x, (row + 0.54) * px - view.y);
      }
    }
  }

  heads(named, px) {
    const { context, layout, view } = this;
    context.textAlign = "left";
    context.textBaseline = "middle";
    const ink = textColour();
    for (const block of layout.blocks) {
      const x = block.x * px - view.x, y = block.y * px - view.y, width = block.width * px, height = layout.head * px;
      if (x > this.widthPx || y > this.heightPx || x + width < 0 || y + height < 0) continue;
      context.save();
      context.beginPath();
      context.rect(x, y, width, height);
      context.clip();
      context.font = "600 12px system-ui, sans-serif";
      context.fillStyle = ink;
      const name = block.name || "No region";
      context.fillText(name, x + 1, y + Math.min(height / 2, 20));
      const size = context.measureText(`${name}  `).width;
      context.font = "400 12px system-ui, sans-serif";
      context.fillText(block.size.toLocaleString("en-US"), x + 1 + size, y + Math.min(height / 2, 20));
      context.restore();
    }
  }

  outline(slot, px, named, thick) {
    const { context, layout, view } = this;
    const column = layout.at[slot] % layout.columns, row = Math.floor(layout.at[slot] / layout.columns);
    const size = Math.max(px, 7), x = (column + 0.5) * px - view.x - size / 2, y = (row + 0.5) * px - view.y - size / 2;
    context.lineWidth = thick + 2;
    context.strokeStyle = named.back;
    context.strokeRect(x, y, size, size);
    context.lineWidth = thick;
    context.strokeStyle = textColour();
    context.strokeRect(x, y, size, size);
  }

  /** The terminal under a point of the canvas, in px; −1: none. */
  slotAtPoint(x, y) {
    if (!this.layout) return -1;
    const column = Math.floor((x + this.view.x) / this.cellPx), row = Math.floor((y + this.view.y) / this.cellPx);
    const isInside = column >= 0 && row >= 0 && column < this.layout.columns && row < this.layout.rows;
    return isInside ? this.layout.slotAt[row * this.layout.columns + column] : -1;
  }

  blockAtPoint(x, y) {
    if (!this.layout) return null;
    const column = (x + this.view.x) / this.cellPx, row = (y + this.view.y) / this.cellPx;
    return this.layout.blocks.find((one) => column >= one.x && column < one.x + one.width && row >= one.y && row < one.y + this.layout.head) ?? null;
  }

  pointOf(slot) {
    const px = this.cellPx, at = this.layout.at[slot];
    return { x: ((at % this.layout.columns) + 0.5) * px - this.view.x, y: (Math.floor(at / this.layout.columns) + 0.5) * px - this.view.y };
  }

  zoomBy(factor, x = this.widthPx / 2, y = this.heightPx / 2) {
    if (!this.layout) return;
    const most = Math.max(1, LARGEST_ZOOM_PX / this.layout.cellPx);
    const zoom = Math.min(most, Math.max(1, this.view.zoom * factor));
    const scale = zoom / this.view.zoom;
    this.view = this.#within({ x: (this.view.x + x) * scale - x, y: (this.view.y + y) * scale - y, zoom });
    this.draw();
  }

  zoomOut() {
    this.view = { x: 0, y: 0, zoom: 1 };
    this.draw();
  }

  panBy(x, y) {
    this.view = this.#within({ ...this.view, x: this.view.x + x, y: this.view.y + y });
    this.draw();
  }

  #within({ x, y, zoom }) {
    const clamp = (value, most) => Math.min(Math.max(0, value), Math.max(0, most));
    return { x: clamp(x, this.widthPx * (zoom - 1)), y: clamp(y, this.heightPx * (zoom - 1)), zoom };
  }

  setCursor(slot, { mayTell = true } = {}) {
    this.cursor = slot;
    if (slot >= 0) {
      const { x, y } = this.pointOf(slot);
      const edge = 24;
      this.panBy(x < edge ? x - edge : x > this.widthPx - edge ? x - this.widthPx + edge : 0, y < edge ? y - edge : y > this.heightPx - edge ? y - this.heightPx + edge : 0);
      if (mayTell) this.on.cursor(slot);
    }
    this.draw();
  }

  /** The next terminal in a direction, over whatever lies between. */
  step(columns, rows) {
    const { layout } = this;
    if (this.cursor < 0) return this.setCursor(0);
    let column = layout.at[this.cursor] % layout.columns, row = Math.floor(layout.at[this.cursor] / layout.columns);
    for (;;) {
      column += columns;
      row += rows;
      if (column < 0 || row < 0 || column >= layout.columns || row >= layout.rows) return;
      const slot = layout.slotAt[row * layout.columns + column];
      if (slot >= 0) return this.setCursor(slot);
    }
  }

  /** The next terminal that the filter holds, in the order of the wall: troubled ones where there is no filter. */
  next(direction) {
    const { fleet } = this;
    for (let tried = 1; tried <= fleet.size; tried += 1) {
      const slot = (((this.cursor < 0 && direction > 0 ? -1 : this.cursor) + direction * tried) % fleet.size + fleet.size) % fleet.size;
      const cell = fleet.cellAt(slot);
      const holds = (!this.within || this.within[slot]) && (TILES_OF[cell] & this.wanted) === this.wanted;
      if (holds && (this.tiles.length || this.within || letterOf(cell))) return this.setCursor(slot);
    }
  }
}

const textColour = () => getComputedStyle(document.documentElement).getPropertyValue("--fact-ink").trim() || "#14181f";

function lightness(pixel) {
  return (0.299 * (pixel & 255) + 0.587 * ((pixel >> 8) & 255) + 0.114 * ((pixel >> 16) & 255)) / 255;
}
