// Where each terminal lies on the wall: regions as blocks of a treemap, in them row by row merchant after merchant, store after store.
// Everything in whole cells of one size, so that the wall is one small picture, a pixel a terminal, that is shown enlarged.

const HEAD_PX = 18; // above a block, for its name
const MARGIN_PX = 4;
const LARGEST_PX = 48;
const SPACED = 3000; // terminals up to which a cell's room is left between two stores

/** {columns, rows, cellPx, at: Int32Array by slot (row * columns + column), slotAt: Int32Array by place (-1: none), blocks: [{name, key, size, x, y, width, height}] in cells}. */
export function arrange(fleet, widthPx, heightPx) {
  const blocks = regionsOf(fleet);
  const gap = fleet.size <= SPACED ? 1 : 0;
  let best = null, low = 1, high = LARGEST_PX;
  // The largest size of a cell, to a twentieth of a pixel, at which every region has room in its rectangle.
  for (let step = 0; step < 9; step += 1) {
    const middle = (low + high) / 2;
    const room = roomFor(blocks, widthPx, heightPx, middle);
    if (room && (gap === 0 || place(fleet, room, gap))) { best = room; low = middle; } else high = middle;
  }
  const room = best ?? roomFor(blocks, widthPx, Infinity, Math.max(1, low));
  return room && place(fleet, room, gap);
}

function regionsOf(fleet) {
  const blocks = [];
  for (let slot = 0; slot < fleet.size; slot += 1) {
    const place = fleet.place.region[slot];
    const last = blocks.at(-1);
    if (last?.place === place) last.size += 1;
    else blocks.push({ place, first: slot, size: 1, ...fleet.keys.region[place] });
  }
  return blocks;
}

/** Each region's rectangle with cells of this size; null if one is too small for its terminals, standing close. */
function roomFor(blocks, widthPx, heightPx, cellPx) {
  const columns = Math.floor(widthPx / cellPx), rows = Math.floor(Math.min(heightPx, 100_000) / cellPx);
  const head = Math.ceil(HEAD_PX / cellPx), margin = Math.max(1, Math.round(MARGIN_PX / cellPx));
  const sized = [...blocks].sort((one, other) => other.size - one.size);
  const areas = sized.map((block) => block.size * 1.06 + (head + margin) * Math.sqrt(block.size) * 1.2 + 60 / cellPx);
  const boxes = squarify(areas, { x: 0, y: 0, width: columns, height: rows }).map((rectangle) => whole(rectangle, columns, rows));
  const fits = boxes.every((box, index) => box.width > margin && Math.ceil(sized[index].size / (box.width - margin)) <= box.height - margin - head);
  return fits ? { columns, rows, cellPx, head, margin, sized, boxes } : null;
}

/** Every terminal in its region's rectangle, with so many cells between two stores; null if that is too much. */
function place(fleet, { columns, rows, cellPx, head, margin, sized, boxes }, gap) {
  const at = new Int32Array(fleet.size), blocks = [];
  const slotAt = new Int32Array(columns * rows).fill(-1);
  for (const [index, block] of sized.entries()) {
    const box = boxes[index];
    const width = box.width - margin, bottom = box.y + box.height - margin;
    let column = 0, row = box.y + head, store = -1;
    for (let slot = block.first; slot < block.first + block.size; slot += 1) {
      if (gap && store !== -1 && store !== fleet.place.store[slot] && column) column += gap;
      store = fleet.place.store[slot];
      if (column >= width) { column = 0; row += 1; }
      if (row >= bottom) return null;
      at[slot] = row * columns + box.x + column;
      slotAt[at[slot]] = slot;
      column += 1;
    }
    blocks.push({ name: block.name, key: block.key, size: block.size, x: box.x, y: box.y, width, height: box.height });
  }
  return { columns, rows, cellPx, head, at, slotAt, blocks };
}

function whole({ x, y, width, height }, columns, rows) {
  const left = Math.round(x), top = Math.round(y);
  return { x: left, y: top, width: Math.min(columns, Math.round(x + width)) - left, height: Math.min(rows, Math.round(y + height)) - top };
}

/** Squarified treemap (Bruls, Huizing, van Wijk 2000): rectangles of these areas, greatest first, as near to squares as may be. */
function squarify(areas, room) {
  const scale = (room.width * room.height) / areas.reduce((sum, area) => sum + area, 0);
  const wanted = areas.map((area) => area * scale);
  const found = [];
  let rest = { ...room }, row = [];
  const worst = (many, side) => {
    const sum = many.reduce((total, area) => total + area, 0);
    return Math.max(...many.map((area) => Math.max((side * side * area) / (sum * sum), (sum * sum) / (side * side * area))));
  };
  const lay = () => {
    const sum = row.reduce((total, area) => total + area, 0);
    const isWide = rest.width >= rest.height;
    const thick = sum / (isWide ? rest.height : rest.width);
    let along = 0;
    for (const area of row) {
      const long = area / thick;
      found.push(isWide ? { x: rest.x, y: rest.y + along, width: thick, height: long } : { x: rest.x + along, y: rest.y, width: long, height: thick });
      along += long;
    }
    rest = isWide
      ? { x: rest.x + thick, y: rest.y, width: rest.width - thick, height: rest.height }
      : { x: rest.x, y: rest.y + thick, width: rest.width, height: rest.height - thick };
    row = [];
  };
  for (const area of wanted) {
    const side = Math.min(rest.width, rest.height);
    if (row.length && worst([...row, area], side) > worst(row, side)) lay();
    row.push(area);
  }
  if (row.length) lay();
  return found;
}
