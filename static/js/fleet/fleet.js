// All terminals in the memory of a page: who they are (the list, fetched once and patched) and how they are (cells, from the socket).

import { DIMENSIONS, TILES_OF, BIT, WHOLE } from "./protocol.js";

export class Fleet {
  /** size terminals in slots, by region, merchant, store and number. place[by][slot]: index in keys[by] of {key, name}. */
  constructor() {
    this.size = 0;
    this.revision = 0;
    this.number = new Uint32Array(0);
    this.label = [];
    this.place = Object.fromEntries(DIMENSIONS.map((by) => [by, new Int32Array(0)]));
    this.keys = Object.fromEntries(DIMENSIONS.map((by) => [by, []]));
    this.slotOf = new Int32Array(0); // by number; -1: not in the list
    this.cells = new Uint16Array(1024); // by number
  }

  /** The list as the server gives it (pos_monitor/live/roster.py). */
  load(list) {
    const place = Object.fromEntries(DIMENSIONS.map((by) => [by, new Int32Array(list[by])]));
    const keys = Object.fromEntries(DIMENSIONS.map((by) => [by, list[`${by}s`].map(([key, name]) => ({ key, name }))]));
    this.revision = list.revision;
    this.#arrange(new Uint32Array(list.number), list.label.map((index) => list.labels[index]), place, keys);
  }

  /** Changes: [number, label, is active, key and name of each dimension]. */
  patch(message) {
    const numbers = [], labels = [], places = Object.fromEntries(DIMENSIONS.map((by) => [by, []]));
    const changed = new Map(message.rows.map((row) => [row[0], row]));
    const at = Object.fromEntries(DIMENSIONS.map((by) => [by, new Map(this.keys[by].map(({ key }, index) => [key, index]))]));
    for (let slot = 0; slot < this.size; slot += 1) {
      if (changed.has(this.number[slot])) continue;
      numbers.push(this.number[slot]);
      labels.push(this.label[slot]);
      for (const by of DIMENSIONS) places[by].push(this.place[by][slot]);
    }
    for (const [number, label, isActive, ...named] of changed.values()) {
      if (!isActive) continue;
      numbers.push(number);
      labels.push(label);
      DIMENSIONS.forEach((by, index) => {
        const [key, name] = [named[index * 2], named[index * 2 + 1]];
        if (!at[by].has(key)) at[by].set(key, this.keys[by].push({ key, name }) - 1);
        this.keys[by][at[by].get(key)].name = name;
        places[by].push(at[by].get(key));
      });
    }
    this.revision = message.revision;
    this.#arrange(new Uint32Array(numbers), labels, Object.fromEntries(DIMENSIONS.map((by) => [by, new Int32Array(places[by])])), this.keys);
  }

  /** Put everything into the order of the wall: names are compared once each, terminals not at all: they are counted into place. */
  #arrange(number, label, place, keys) {
    const highest = number.reduce((most, one) => Math.max(most, one), 0);
    this.slotOf = new Int32Array(highest + 1).fill(-1);
    number.forEach((one, slot) => { this.slotOf[one] = slot; });
    let order = this.slotOf.filter((slot) => slot >= 0); // by number; the coarsest comes last, as each keeps the order of those before it
    for (const by of ["store", "merchant", "region"]) order = counted(order, place[by], ranks(keys[by]));
    this.size = number.length;
    this.number = Uint32Array.from(order, (slot) => number[slot]);
    this.label = Array.from(order, (slot) => label[slot]);
    for (const by of DIMENSIONS) this.place[by] = order.map((slot) => place[by][slot]);
    this.keys = keys;
    this.number.forEach((one, slot) => { this.slotOf[one] = slot; });
    this.#room(highest + 1);
  }

  #room(needed) {
    if (needed <= this.cells.length) return;
    const more = new Uint16Array(Math.max(needed, Math.ceil(this.cells.length * 1.5)));
    more.set(this.cells);
    this.cells = more;
  }

  /** Take up a frame. Returns the slots that are another now, or null when all may be. */
  take({ kind, count, gaps, cells }) {
    if (kind === WHOLE) this.cells.fill(0);
    const slots = kind === WHOLE ? null : [];
    let number = 0;
    for (let index = 0; index < count; index += 1) {
      number += gaps[index];
      if (number >= this.cells.length) this.#room(number + 1);
      this.cells[number] = cells[index];
      const slot = number < this.slotOf.length ? this.slotOf[number] : -1;
      if (slots && slot >= 0) slots.push(slot);
    }
    return slots;
  }

  cellAt(slot) {
    return this.cells[this.number[slot]];
  }

  named(by, slot) {
    return this.keys[by][this.place[by][slot]].name;
  }

  keyed(by, slot) {
    return this.keys[by][this.place[by][slot]].key;
  }

  /** Uint8Array by slot: 1 where the filter holds but for its tiles, which change with every frame. null: everywhere. */
  matching(filter) {
    const asked = DIMENSIONS.filter((by) => filter[by]);
    if (!asked.length) return null;
    const places = asked.map((by) => this.keys[by].findIndex(({ key }) => key === filter[by]));
    return Uint8Array.from({ length: this.size }, (_, slot) => (asked.every((by, index) => this.place[by][slot] === places[index]) ? 1 : 0));
  }
}

/** Which bits a cell must have so that all these tiles hold. */
export const bitsOf = (tiles) => tiles.reduce((bits, tile) => bits | BIT[tile], 0);

/** How many terminals a filter holds, reckoned here: the server's `matching` must say the same. */
export function countMatching(fleet, within, tiles) {
  const wanted = bitsOf(tiles);
  let found = 0;
  for (let slot = 0; slot < fleet.size; slot += 1) {
    const cell = fleet.cellAt(slot);
    if ((!within || within[slot]) && (cell & 7) !== 5 && (TILES_OF[cell] & wanted) === wanted) found += 1;
  }
  return found;
}

const collator = new Intl.Collator("en", { numeric: true });

/** Where each key stands by its name. Keys come nearly in that order, so nearly nothing is left to compare. */
function ranks(keys) {
  const order = keys.map((_, index) => index).sort((one, other) => collator.compare(keys[one].name, keys[other].name) || one - other);
  const rank = new Int32Array(keys.length);
  order.forEach((index, place) => { rank[index] = place; });
  return rank;
}

/** order, by the rank of each slot's place; slots of one rank stay as they are. */
function counted(order, place, rank) {
  const next = new Int32Array(rank.length + 1);
  for (const slot of order) next[rank[place[slot]] + 1] += 1;
  for (let at = 1; at < next.length; at += 1) next[at] += next[at - 1];
  const sorted = new Int32Array(order.length);
  for (const slot of order) {
    const at = rank[place[slot]];
    sorted[next[at]] = slot;
    next[at] += 1;
  }
  return sorted;
}
