// The browser's side of /ws/fleet/ (pos_monitor/live/protocol.py): what a cell says, and how binary frames are read.

export const WHOLE = 1;
export const HEADER_BYTES = 40;
export const STATUS = ["never", "online", "late", "offline", "closed", "out_of_use"];
export const DIMENSIONS = ["region", "merchant", "store", "model", "operator", "firmware", "app", "group", "kind"];
export const TILES = ["online", "late", "offline", "closed", "never", "battery", "signal", "printer", "sales", "tamper", "maintenance", "alert"];
export const BIT = Object.fromEntries(TILES.map((tile, place) => [tile, 1 << place]));

export const status = (cell) => cell & 7;
export const severity = (cell) => (cell >> 3) & 3;
export const battery = (cell) => (cell >> 5) & 3;
export const signal = (cell) => (cell >> 7) & 3;
export const printer = (cell) => (cell >> 9) & 3;
export const sales = (cell) => (cell >> 11) & 3;
export const isCharging = (cell) => ((cell >> 13) & 1) === 1;
export const hasTamper = (cell) => ((cell >> 14) & 1) === 1;
export const inMaintenance = (cell) => ((cell >> 15) & 1) === 1;

const ONLINE = 1, LATE = 2, OFFLINE = 3, OUT_OF_USE = 5, LOW = 2;

/** cell -> bits of BIT; the same table as pos_monitor/live/tiles.py. */
export const TILES_OF = (() => {
  const table = new Uint16Array(65536);
  for (let cell = 0; cell < 65536; cell += 1) {
    const is = status(cell);
    if (is === OUT_OF_USE) continue;
    const reports = is === ONLINE || is === LATE || is === OFFLINE;
    let bits = 0;
    if (is < 5) bits |= BIT[STATUS[is]];
    if (reports && battery(cell) >= LOW) bits |= BIT.battery;
    if (reports && signal(cell) >= LOW) bits |= BIT.signal;
    if (reports && printer(cell) >= LOW) bits |= BIT.printer;
    if (reports && sales(cell) >= LOW) bits |= BIT.sales;
    if (hasTamper(cell)) bits |= BIT.tamper;
    if (inMaintenance(cell)) bits |= BIT.maintenance;
    if (severity(cell) > 0) bits |= BIT.alert;
    table[cell] = bits;
  }
  return table;
})();

const GAPS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };

/** A frame: {kind, count, version, madeMs, freshestMs, behindMs, gaps, cells}. A whole one is inflated first, hence a promise or a value. */
export function readFrame(buffer) {
  const view = new DataView(buffer);
  const header = {
    kind: view.getUint8(0), width: view.getUint8(1), count: view.getUint32(4, true), version: Number(view.getBigUint64(8, true)),
    madeMs: Number(view.getBigInt64(16, true)), freshestMs: Number(view.getBigInt64(24, true)), behindMs: view.getUint32(32, true),
  };
  const body = buffer.slice(HEADER_BYTES);
  return header.kind === WHOLE ? inflate(body).then((plain) => parts(header, plain)) : parts(header, body);
}

function parts(header, body) {
  const end = header.count * header.width;
  return { ...header, gaps: new GAPS[header.width](body.slice(0, end)), cells: new Uint16Array(body.slice(end, end + header.count * 2)) };
}

function inflate(body) {
  return new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
