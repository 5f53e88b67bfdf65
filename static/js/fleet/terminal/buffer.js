// The data of the charts, to which reports are added as they come. It never holds more than the range that is shown.

const MOST = 20_000; // points, whatever the clocks say: twice what the server sends
const SLACK = 512; // points beyond the range before it is cut: cutting costs, so not at every report

export const FIELD_OF = { // name in a report -> series
  battery_percent: "battery", signal_dbm: "signal", temperature_c: "temperature", latency_ms: "latency", clock_offset_ms: "clock_offset",
  sales_ok: "sales_ok", sales_failed: "sales_failed", reader_errors: "reader_errors", api_errors: "api_errors", webhook_failures: "webhook_failures",
  visits: "visits", orders: "orders",
};

/** Add one report ({received_ms, values}) to data as the server gave it. Returns whether it changed anything. gapS: silence that breaks a line. */
export function addReport(data, { received_ms: receivedMs, values }, gapS) {
  if (data.every_s || values.stored) return false;
  const at = Math.floor(receivedMs / 1000);
  const last = data.t.at(-1);
  if (last !== undefined && at <= last) return false;
  if (last !== undefined && at - last > gapS) push(data, last + 1, () => null);
  const before = data.t.length - 1;
  push(data, at, (name, list) => values[NAME_OF[name]] ?? (before >= 0 ? list[before] : null));
  count(data, at, values);
  data.reports += 1;
  return true;
}

/** Let go of what is older than the range. */
export function cut(data, sinceS) {
  let old = Math.max(0, data.t.length - MOST);
  while (old < data.t.length && data.t[old] < sinceS) old += 1;
  if (old > SLACK) {
    data.t = data.t.slice(old);
    for (const curve of Object.values(data.curves)) curve.value = curve.value.slice(old);
  }
  let past = Math.max(0, data.bars.t.length - MOST);
  while (past < data.bars.t.length && data.bars.t[past] < sinceS - data.bars.every_s) past += 1;
  if (past) for (const [name, list] of Object.entries(data.bars)) if (Array.isArray(list)) data.bars[name] = list.slice(past);
}

const NAME_OF = Object.fromEntries(Object.entries(FIELD_OF).map(([name, field]) => [field, name]));

function push(data, at, valueOf) {
  data.t.push(at);
  for (const [name, curve] of Object.entries(data.curves)) curve.value.push(valueOf(name, curve.value));
}

function count(data, at, values) {
  const { bars } = data;
  const bucket = Math.floor(at / bars.every_s) * bars.every_s;
  const sums = Object.keys(bars).filter((name) => name !== "t" && name !== "every_s");
  if (bars.t.at(-1) !== bucket) {
    bars.t.push(bucket);
    for (const name of sums) bars[name].push(0);
  }
  for (const name of sums) bars[name][bars.t.length - 1] += values[NAME_OF[name]] ?? 0;
}
