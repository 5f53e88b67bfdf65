// The charts of a terminal: small ones above each other that share their time and their cursor.

import { markings } from "./marks.js";

/* global uPlot */
const HEIGHT = { desk: 112, phone: 96 };
const PHONE_PX = 640;

// Curves: name of a series, its words, unit. Bars: sums by bucket. floor, ceiling: what the scale shows at least.
export const PLOTS = {
  till: [
    { title: "Battery", curves: [["battery", "battery", "%"]], floor: 0, ceiling: 100 },
    { title: "Signal", curves: [["signal", "signal", "dBm"]], floor: -110, ceiling: -50 },
    { title: "Temperature", curves: [["temperature", "temperature", "°C"]], floor: 15, ceiling: 50 },
    { title: "Sales", bars: [["sales_ok", "paid"], ["sales_failed", "failed"]], floor: 0, ceiling: 4 },
    { title: "Latency", curves: [["latency", "latency", "ms"]], floor: 0, ceiling: 200 },
  ],
  online_store: [
    { title: "Checkouts", bars: [["visits", "begun"], ["orders", "paid"]], floor: 0, ceiling: 4 },
    { title: "Conversion", share: ["orders", "visits"], curves: [["conversion", "paid of begun", "%"]], floor: 0, ceiling: 100 },
    { title: "API errors", bars: [["api_errors", "errors"]], floor: 0, ceiling: 4 },
    { title: "Webhook failures", bars: [["webhook_failures", "failures"]], floor: 0, ceiling: 4 },
    { title: "Latency", curves: [["latency", "latency", "ms"]], floor: 0, ceiling: 200 },
  ],
};

/** colours(): {name: colour} of the page's style. picked(from, to), whole(): by the pointer. edges(): seconds that are shown. zone: of the times, the browser's own without it. */
export function chartsOf(place, kind, { colours, edges, picked, whole, marks, zone }) {
  const sync = uPlot.sync("terminal");
  let charts = [], shownFor = "";

  function build(data) {
    for (const { chart } of charts) chart.destroy();
    place.replaceChildren();
    const palette = colours();
    charts = PLOTS[kind].map((plot, index) => one(plot, data, palette, index === 0));
    shownFor = layoutOf(data);
  }

  function one(plot, data, palette, isFirst) {
    const figure = document.createElement("figure");
    figure.className = "ft-plot";
    const caption = document.createElement("figcaption");
    const told = document.createElement("output");
    const series = [{}, ...(plot.bars ? barSeries(plot, palette) : curveSeries(plot, data, palette))];
    caption.append(`${plot.title} `, ...keysOf(plot, palette), told);
    const body = document.createElement("div");
    figure.append(caption, body);
    place.append(figure);
    const options = {
      ...(zone ? { tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone) } : {}),
      width: body.clientWidth, height: innerWidth < PHONE_PX ? HEIGHT.phone : HEIGHT.desk, legend: { show: false }, series,
      cursor: { sync: { key: sync.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { show: !plot.bars, size: 6 } },
      scales: { x: { time: true, range: () => edges() }, y: { range: (_, low, high) => [Math.min(plot.floor, low ?? plot.floor), Math.max(plot.ceiling, high ?? plot.ceiling)] } },
      axes: [axis(palette, { size: 26, space: 80 }), axis(palette, { size: 44, space: 28 })],
      bands: !plot.bars && series.length > 2 ? [{ series: [3, 2], fill: palette.band }] : [],
      plugins: [markings(marks, (name) => colours()[name], isFirst)],
      hooks: {
        setSelect: [(chart) => { if (chart.select.width > 4) picked(chart.posToVal(chart.select.left, "x"), chart.posToVal(chart.select.left + chart.select.width, "x")); chart.setSelect({ width: 0, height: 0, left: 0, top: 0 }, false); }],
        setCursor: [(chart) => { told.textContent = wordsAt(plot, chart, zone); }],
      },
    };
    const chart = new uPlot(options, rowsOf(plot, data), body);
    chart.over.addEventListener("dblclick", whole);
    return { plot, chart, body };
  }

  return {
    /** Show data as the server gives it; `isNew`: another range, so that all is built anew. */
    show(data, isNew = false) {
      if (isNew || shownFor !== layoutOf(data) || !charts.length) build(data);
      else for (const { plot, chart } of charts) chart.setData(rowsOf(plot, data));
    },
    /** Draw again what is there: time went on, or the page's colours are others. */
    redraw() { for (const { chart } of charts) chart.redraw(false, true); },
    resize() { for (const { chart, body } of charts) chart.setSize({ width: body.clientWidth, height: innerWidth < PHONE_PX ? HEIGHT.phone : HEIGHT.desk }); },
    clear() { for (const { chart } of charts) chart.destroy(); charts = []; place.replaceChildren(); },
    get size() { return charts.length; },
  };
}

const layoutOf = (data) => `${data.every_s}`;

function axis(palette, more) {
  return { stroke: palette.soft, grid: { stroke: palette.grid, width: 1 }, ticks: { stroke: palette.grid, size: 4, width: 1 }, font: "11px sans-serif", ...more };
}

function curveSeries(plot, data, palette) {
  const line = { stroke: palette.line1, width: 1.5, spanGaps: false, points: { show: pointsWhere } };
  const [[name]] = plot.curves;
  if (!data.curves[name]?.low) return [line];
  const edge = { stroke: "transparent", width: 0, points: { show: false } };
  return [line, edge, edge];
}

// A report between two gaps is no line; it shows as a point. So does everything where there is room for it.
function pointsWhere(chart, index, from, to) {
  return (to - from) * 8 < chart.bbox.width / devicePixelRatio;
}

function barSeries(plot, palette) {
  const bars = uPlot.paths.bars({ size: [0.8, 14], align: 1 });
  return plot.bars.map((_, index) => ({
    stroke: index ? palette.line2 : palette.line1, fill: index ? palette.line2 : `${palette.line1}99`, width: index ? 0 : 1, paths: bars, points: { show: false },
  }));
}

function keysOf(plot, palette) {
  return (plot.bars ?? []).map(([, words], index) => {
    const key = document.createElement("span");
    key.className = "fl-soft";
    const swatch = document.createElement("span");
    swatch.className = "ft-swatch ft-swatch--bar";
    swatch.style.color = index ? palette.line2 : palette.line1;
    key.append(swatch, words);
    return key;
  });
}

/** Rows as uPlot takes them: times, then each series. */
function rowsOf(plot, data) {
  if (plot.share) {
    const [part, whole] = plot.share.map((name) => data.bars[name] ?? []);
    return [data.bars.t, whole.map((all, index) => (all ? (100 * part[index]) / all : null))];
  }
  if (plot.bars) return [data.bars.t, ...plot.bars.map(([name]) => data.bars[name] ?? [])];
  const curve = data.curves[plot.curves[0][0]];
  return curve.low ? [data.t, curve.value, curve.low, curve.high] : [data.t, curve.value];
}

function wordsAt(plot, chart, timeZone) {
  const index = chart.cursor.idx;
  if (index === null || index === undefined) return "";
  const when = new Date(chart.data[0][index] * 1000).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone });
  if (plot.bars) return `${when} · ${plot.bars.map(([, words], row) => `${chart.data[row + 1][index] ?? "–"} ${words}`).join(" · ")}`;
  const [, , unit] = plot.curves[0];
  const value = chart.data[1][index];
  if (value === null || value === undefined) return `${when} · no value`;
  const band = chart.data.length > 3 ? ` (${chart.data[2][index] ?? "–"} to ${chart.data[3][index] ?? "–"})` : "";
  return `${when} · ${Math.round(value * 10) / 10} ${unit}${band}`;
}
